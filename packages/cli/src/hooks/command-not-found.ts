import { RekeyError } from "@cassandra-rekey/core";
import { type Hook, toConfiguredId } from "@oclif/core";
import { closest, distance } from "fastest-levenshtein";

const MOST_EDITS = 3;

/** Refuses an unknown command with the likeliest one that was meant. Never asks, so that it cannot hang a script. */
const commandNotFound: Hook<"command_not_found"> = async ({ id, config }) => {
  const known = config.commands.filter((command) => !command.hidden).map((command) => command.id);
  const typed = toConfiguredId(id, config);
  const help = `\`${config.bin} help\` lists the commands.`;
  if (typed.startsWith("-"))
    throw new RekeyError("USAGE.INVALID", `The command is missing before ${typed}.`, {
      hint: `Flags come after the command: \`${config.bin} run --job-id …\`. ${help}`,
    });
  const likeliest = suggest(id, known);
  const guess = likeliest && `Did you mean \`${config.bin} ${toConfiguredId(likeliest, config)}\`? `;
  throw new RekeyError("USAGE.INVALID", `"${typed}" is not a command of ${config.bin}.`, {
    hint: `${guess ?? ""}${help}`,
  });
};

export default commandNotFound;

function suggest(id: string, known: readonly string[]): string | undefined {
  // Arguments of an unknown command are taken for a part of its name.
  const candidates = id.split(":").map((_, at, words) => words.slice(0, at + 1).join(":"));
  const pairs = candidates.map((typed) => {
    const likeliest = closest(typed, known);
    return { likeliest, edits: distance(typed, likeliest) };
  });
  const best = pairs.toSorted((a, b) => a.edits - b.edits)[0];
  return best !== undefined && best.edits <= MOST_EDITS ? best.likeliest : undefined;
}
