import { stripVTControlCharacters } from "node:util";
import { closest, distance } from "fastest-levenshtein";

/** What is wrong with a command line, in the words of this program. */
export interface FlagProblem {
  readonly message: string;
  readonly hint: string;
  readonly problems: readonly string[];
}

const SEE_HELP = "Add --help to the command to see what it takes.";
const MOST_EDITS = 3;

/** Says in this program's words what oclif found wrong with a command line. */
export function flagProblem(error: Error): FlagProblem {
  const text = withoutFrame(stripVTControlCharacters(error.message), "$1: ");
  const [, list] = /^The following errors? occurred:\n(.*)$/s.exec(text) ?? [];
  if (list !== undefined) {
    const lines = list.split("\n").map((line) => worded(line.trim()));
    const [only] = lines;
    return lines.length === 1
      ? { message: only!, hint: SEE_HELP, problems: [] }
      : { message: `${lines.length} things are wrong with the flags`, hint: SEE_HELP, problems: lines };
  }
  // `help` of a command that there is not is where asking for help of that command ends.
  if (/^Command .* not found/.test(text))
    return { message: text, hint: "The command `help` lists the commands.", problems: [] };
  return { message: worded(text), hint: `${meant(error)}${SEE_HELP}`, problems: [] };
}

/** A message without what oclif puts around it. `flag`: what stands for the flag that does not parse, `$1` for its name. */
export function withoutFrame(message: string, flag: string): string {
  return message.replace(/\n?See more help with --help$/, "").replace(/^Parsing (--[\w-]+) \n\t/, flag);
}

function worded(text: string): string {
  return text
    .replace(/^Missing required flag ([\w-]+)$/, "The flag --$1 is missing")
    .replace(/^Missing 1 required arg:\n(\S+) +(.*?)\.?$/s, "The argument $1 is missing: $2")
    .replace(/^(--[\w-]+)=true cannot also be provided when using (--[\w-]+)$/, "$1 cannot go with $2");
}

/** The flag that a flag which there is not resembles. */
function meant(error: Error): string {
  const { flags, parse } = error as {
    readonly flags?: readonly string[];
    readonly parse?: { readonly input?: { readonly flags?: object } };
  };
  const known = Object.keys(parse?.input?.flags ?? {}).map((name) => `--${name}`);
  const [first] = Array.isArray(flags) ? flags : [];
  if (typeof first !== "string" || known.length === 0) return "";
  const [typed = ""] = first.split("=");
  const likeliest = closest(typed, known);
  return distance(typed, likeliest) <= MOST_EDITS ? `Did you mean ${likeliest}? ` : "";
}
