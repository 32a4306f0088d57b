import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** How a command of the command line ended. */
export interface CliResult {
  /** The exit code; `null` when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The object that `--json` printed; `undefined` when standard output is not one JSON object. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it and fail where it is not as they expect.
  readonly json: any;
}

/** How a command is started. */
export interface CliOptions {
  /** Written to `config.yaml` in the working directory: text as it is, anything else as JSON, which YAML includes. */
  readonly config?: string | object;
  /** Added to an environment that holds nothing but PATH and HOME, and where Node keeps what it has compiled. */
  readonly env?: Readonly<Record<string, string>>;
  /** A folder of its own when left out, removed afterwards: give one where commands share a state file. */
  readonly cwd?: string;
  /** Kills the process when it aborts. */
  readonly signal?: AbortSignal;
}

/** A command at work. */
export interface RunningCli {
  readonly child: ChildProcess;
  /** Everything printed so far, standard output and standard error in turn. */
  readonly output: () => string;
  /** Resolves with the first line, of either stream, that matches; rejects when the command ends without one. */
  waitFor(line: RegExp): Promise<string>;
  /** Resolves when the command has ended. */
  readonly ended: Promise<CliResult>;
}

const PROGRAM = fileURLToPath(new URL("../node_modules/.bin/cassandra-rekey", import.meta.url));
/** Hundreds of commands are run, and compiling the same code is a fifth of what a short one takes. */
const COMPILED = fileURLToPath(new URL("../node_modules/.cache/compiled", import.meta.url));

/** A folder for commands that share a configuration and a state file. */
export async function cliFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "cassandra-rekey-e2e-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Runs the workspace's command line to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return (await startCli(args, options)).ended;
}

/** Starts the workspace's command line, for tests that pause, interrupt or kill it. */
export async function startCli(args: readonly string[], options: CliOptions = {}): Promise<RunningCli> {
  const own = options.cwd === undefined ? await cliFolder() : undefined;
  const cwd = options.cwd ?? own!.path;
  if (options.config !== undefined) {
    const text = typeof options.config === "string" ? options.config : JSON.stringify(options.config);
    // Another command may be reading it.
    const draft = join(cwd, `${randomUUID()}.yaml`);
    await writeFile(draft, text);
    await rename(draft, join(cwd, "config.yaml"));
  }
  const child = spawn(PROGRAM, args, {
    cwd,
    env: {
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ""}`,
      HOME: cwd,
      NODE_COMPILE_CACHE: COMPILED,
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.signal && { signal: options.signal, killSignal: "SIGKILL" as const }),
  });
  let stdout = "";
  let stderr = "";
  let output = "";
  const watchers = new Set<() => void>();
  const told = (text: string) => {
    output += text;
    for (const look of watchers) look();
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    told(text);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    told(text);
  });
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.once("error", (error) => {
      if (error.name !== "AbortError") reject(error);
    });
    child.once("close", (status) => resolve({ status, stdout, stderr, json: parsed(stdout) }));
  }).finally(() => own?.[Symbol.asyncDispose]());
  ended.catch(() => {});

  const waitFor = (line: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = output.split("\n").find((candidate) => line.test(candidate));
        if (found === undefined) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      look();
      ended.then(
        ({ status }) => reject(new Error(`ended with ${status} before ${line} was printed:\n${output}`)),
        reject,
      );
    });
  return { child, output: () => output, waitFor, ended };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
