import { spawn } from "node:child_process";
import { styleText } from "node:util";

/** How a command of the CLI ended. */
export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
}

/** Runs `cassandra-rekey` as a person would, showing the command and what it prints. */
export class Shell {
  readonly #program: string;
  readonly #directory: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(program: string, directory: string, secrets: Readonly<Record<string, string>>) {
    this.#program = program;
    this.#directory = directory;
    this.#env = { ...process.env, ...secrets };
  }

  async run(args: readonly string[], options: { readonly quiet?: boolean } = {}): Promise<CommandResult> {
    const { quiet = false } = options;
    if (!quiet) console.log(`\n${styleText("bold", `$ cassandra-rekey ${args.join(" ")}`)}`);
    const child = spawn(this.#program, args, {
      cwd: this.#directory,
      env: this.#env,
      stdio: ["ignore", "pipe", quiet ? "ignore" : "inherit"],
    });
    let stdout = "";
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (!quiet) process.stdout.write(text);
    });
    const status = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code ?? 1));
    });
    return { status, stdout };
  }
}
