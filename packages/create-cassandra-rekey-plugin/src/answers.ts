import { parseArgs } from "node:util";
import {
  defaultFolder,
  defaultPackageName,
  KINDS,
  kindFrom,
  MEANINGS,
  nameFrom,
  type PluginRequest,
  packageNameFrom,
  usage,
} from "./plugin-request.ts";

/** Asks a person one question; `undefined` where there is nobody to ask. */
export type Ask = ((question: string, offered?: string) => Promise<string>) | undefined;

/** What the command line said. */
export interface Flags {
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
  readonly package?: string | undefined;
  readonly folder?: string | undefined;
  readonly yes: boolean;
  readonly help: boolean;
}

/** Reads the command line. Throws `USAGE.INVALID`. */
export function flagsFrom(argv: readonly string[]): Flags {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        kind: { type: "string" },
        name: { type: "string" },
        package: { type: "string" },
        yes: { type: "boolean", default: false, short: "y" },
        help: { type: "boolean", default: false, short: "h" },
      },
    });
    const [folder, ...more] = positionals;
    if (more.length > 0) throw usage(`One folder can be given, not ${positionals.length}`, "See --help.");
    return { ...values, folder };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (!code?.startsWith("ERR_PARSE_ARGS")) throw error;
    throw usage(message.split(". ")[0]!, "See --help.");
  }
}

/** Completes the flags by asking for what is missing, or by what is offered with `--yes`. Throws `USAGE.INVALID`. */
export async function requestFrom(flags: Flags, ask: Ask): Promise<PluginRequest> {
  const person = flags.yes ? undefined : ask;
  const kind = kindFrom(flags.kind ?? (await needed("--kind", KIND_QUESTION, person)));
  const name = nameFrom(
    flags.name ?? (await needed("--name", "Its name in configurations (such as vault)", person)),
  );
  const offered = defaultPackageName(kind, name);
  const packageName = packageNameFrom(
    flags.package ?? (await person?.("Name of the npm package", offered)) ?? offered,
  );
  return { kind, name, packageName, folder: flags.folder ?? defaultFolder(packageName) };
}

const KIND_QUESTION = `What kind of plugin?\n${KINDS.map((kind, index) => `  ${index + 1} ${kind}: ${MEANINGS[kind]}\n`).join("")}Kind`;

async function needed(flag: string, question: string, ask: Ask): Promise<string> {
  if (ask) return ask(question);
  throw usage(`${flag} is needed where nobody can be asked`, `Such as: --kind provider --name vault --yes`);
}
