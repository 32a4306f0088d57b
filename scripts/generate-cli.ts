import { readFileSync } from "node:fs";
import { exitCodeOf } from "../packages/cli/dist/exit-codes.js";
import { CATALOGUE } from "../packages/core/dist/index.js";

/** What of oclif's manifest the reference shows. */
interface Flag {
  readonly name: string;
  readonly type: "option" | "boolean";
  readonly summary?: string;
  readonly default?: unknown;
  readonly env?: string;
  readonly options?: readonly string[];
  readonly helpValue?: string;
  readonly helpGroup?: string;
  readonly allowNo?: boolean;
}
type Example = string | { readonly description: string; readonly command: string };
interface Command {
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly examples?: readonly Example[];
  readonly args?: Readonly<Record<string, { readonly name: string; readonly description?: string }>>;
  readonly flags: Readonly<Record<string, Flag>>;
}

const PROGRAM = "cassandra-rekey";
const MANIFEST = "packages/cli/oclif.manifest.json";

const INTRODUCTION = `# Command line

Every command with its flags, and every exit code. Generated from the program itself.
What the commands print as JSON is in the [package's README](../../packages/cli/README.md#json); how they are used in turn is in [operations](../operations.md).`;

const EXIT_CODES: readonly (readonly [number, string])[] = [
  [0, "All was done, and nothing was found."],
  [
    1,
    "Finished, but something was found: a failed check, cells under an old key, a quarantine that is not empty.",
  ],
  [2, "The command line or the configuration cannot be carried out."],
  [3, "A table changed since its job was planned."],
  [
    4,
    "The cluster, the state store or a key service failed, the result could not be written, or the program failed.",
  ],
  [130, "Stopped by a signal. What was acknowledged is stored."],
];

/** The reference of commands, flags and exit codes. */
export async function commandReference(): Promise<string> {
  const { commands } = JSON.parse(readFileSync(MANIFEST, "utf8")) as { commands: Record<string, Command> };
  const sorted = Object.values(commands).sort((a, b) => nameOf(a).localeCompare(nameOf(b), "en"));
  const common = Object.values(sorted[0]?.flags ?? {}).filter((flag) => flag.helpGroup === "COMMON");
  return `${[
    INTRODUCTION,
    `| command | what it does |\n| --- | --- |\n${sorted.map((command) => `| [\`${nameOf(command)}\`](#${anchorOf(command)}) | ${cell(command.summary)} |`).join("\n")}`,
    `\`autocomplete\`, \`help\` and \`plugins\` are oclif's own: \`${PROGRAM} plugins install NAME\` adds a plugin package, \`${PROGRAM} autocomplete\` tells how to complete commands in a shell.`,
    `## Flags of all commands\n\n${flagTable(common)}`,
    ...sorted.map(section),
    exitCodes(),
  ].join("\n\n")}\n`;
}

function section(command: Command): string {
  const own = Object.values(command.flags).filter((flag) => flag.helpGroup !== "COMMON");
  return [
    `## ${nameOf(command)}`,
    command.summary,
    ...(command.description ? [command.description] : []),
    ...Object.values(command.args ?? {}).map(
      (arg) => `\`${arg.name.toUpperCase()}\`: ${arg.description ?? ""}`,
    ),
    ...(own.length > 0 ? [flagTable(own)] : []),
    `\`\`\`sh\n${(command.examples ?? []).map((example) => shown(example, command)).join("\n\n")}\n\`\`\``,
  ].join("\n\n");
}

function shown(example: Example, command: Command): string {
  const text = typeof example === "string" ? example : `# ${example.description}\n${example.command}`;
  return text.replaceAll("<%= config.bin %>", PROGRAM).replaceAll("<%= command.id %>", nameOf(command));
}

function flagTable(flags: readonly Flag[]): string {
  const rows = [...flags]
    .sort((a, b) => a.name.localeCompare(b.name, "en"))
    .map((flag) => `| ${spelling(flag)} | ${defaultOf(flag)} | ${cell(flag.summary ?? "")} |`);
  return `| flag | default | |\n| --- | --- | --- |\n${rows.join("\n")}`;
}

function spelling(flag: Flag): string {
  const value = flag.options ? flag.options.join("\\|") : (flag.helpValue ?? "<value>");
  if (flag.type === "option") return `\`--${flag.name} ${value}\``;
  return flag.allowNo ? `\`--[no-]${flag.name}\`` : `\`--${flag.name}\``;
}

function defaultOf(flag: Flag): string {
  const own = flag.default === undefined ? [] : [`\`${String(flag.default)}\``];
  return [...own, ...(flag.env ? [`or \`$${flag.env}\``] : [])].join(", ");
}

function exitCodes(): string {
  const rows = EXIT_CODES.map(([code, meaning]) => {
    const errors = Object.keys(CATALOGUE).filter((error) => exitCodeOf(error) === code);
    return `| ${code} | ${meaning} | ${errors.map((error) => `[${error}](errors.md#${error.toLowerCase().replaceAll(/[^a-z0-9_]/g, "")})`).join(", ")} |`;
  });
  return `## Exit codes\n\n| code | meaning | errors |\n| --- | --- | --- |\n${rows.join("\n")}`;
}

function nameOf(command: Command): string {
  return command.id.replaceAll(":", " ");
}

function anchorOf(command: Command): string {
  return nameOf(command).replaceAll(" ", "-");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
