import { relative } from "node:path";
import { createInterface } from "node:readline/promises";
import { isRekeyError } from "@cassandra-rekey/core";
import { type Ask, flagsFrom, requestFrom } from "./answers.ts";
import { KINDS } from "./plugin-request.ts";
import { writePackage } from "./write-package.ts";

/** Where answers come from and results go to. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream;
}

const HELP = `Writes a plugin package for cassandra-rekey.

  npm create cassandra-rekey-plugin                      asks for what it needs
  npm create cassandra-rekey-plugin -- --kind provider --name vault --yes

  [folder]         where to write it; default: the package's name
  --kind KIND      ${KINDS.join(", ")}
  --name NAME      the name that configurations will use
  --package NAME   the npm package's name; default: rekey-KIND-NAME
  --yes            ask nothing
`;

/** Runs the command line; returns the exit code: 0, or 2 for what cannot be carried out. */
export async function main(argv: readonly string[], { stdin, stdout }: Terminal): Promise<number> {
  try {
    const flags = flagsFrom(argv);
    if (flags.help) {
      stdout.write(HELP);
      return 0;
    }
    using terminal = openTerminal({ stdin, stdout });
    const request = await requestFrom(flags, terminal.ask);
    const files = await writePackage(request);
    const folder = relative(process.cwd(), request.folder) || ".";
    stdout.write(`Wrote ${files.length} files to ${folder}:\n${files.map((file) => `  ${file}\n`).join("")}
Next:
  cd ${folder}
  npm install
  npm test
`);
    return 0;
  } catch (error) {
    if (!isRekeyError(error)) throw error;
    stdout.write(`Error: ${error.message}\n${error.hint}\n`);
    return 2;
  }
}

function openTerminal({ stdin, stdout }: Terminal): { readonly ask: Ask } & Disposable {
  if (!stdin.isTTY) return { ask: undefined, [Symbol.dispose]() {} };
  const lines = createInterface({ input: stdin, output: stdout });
  return {
    async ask(question, offered) {
      const answer = (
        await lines.question(`${question}${offered === undefined ? "" : ` (${offered})`}: `)
      ).trim();
      return answer === "" && offered !== undefined ? offered : answer;
    },
    [Symbol.dispose]: () => lines.close(),
  };
}
