import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A process that says things line by line. */
export class LineProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;
  #errors = "";

  constructor(
    command: string,
    args: readonly string[],
    options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  ) {
    this.#child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    this.#ended = once(this.#child, "close");
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#errors = (this.#errors + text).slice(-4_000);
    });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** What the next line says as JSON. */
  async next<Said>(): Promise<Said> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the process ended without a word\n${this.#errors}`);
    return JSON.parse(value) as Said;
  }

  /** Everything that it still says, after a request to end. */
  async end(signal: NodeJS.Signals): Promise<string> {
    this.#child.kill(signal);
    let rest = "";
    for (let line = await this.#lines.next(); !line.done; line = await this.#lines.next())
      rest += `${line.value}\n`;
    await this.#ended;
    return rest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGKILL");
    await this.#ended;
  }
}
