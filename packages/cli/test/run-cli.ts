import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

/** How a process of the command line ended. */
export interface CliResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const BIN = fileURLToPath(new URL("../bin/run.js", import.meta.url));

interface Place {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the built command line as a user would, with no environment but the one given. */
export function runCli(args: readonly string[], place: Place): Promise<CliResult> {
  return ended(process.execPath, [BIN, ...args], place);
}

/** Runs a line of the shell, in which `rekey` is the built command line. Fails when any part of a pipe does. */
export function runInShell(line: string, place: Place): Promise<CliResult> {
  const script = `set -o pipefail; node=$0; bin=$1; rekey() { "$node" "$bin" "$@"; }; ${line}`;
  return ended("bash", ["-c", script, process.execPath, BIN], place);
}

function ended(file: string, args: readonly string[], { cwd, env = {} }: Place): Promise<CliResult> {
  return new Promise((resolve) => {
    execFile(
      file,
      args,
      { cwd, env: { PATH: process.env.PATH ?? "", HOME: cwd, ...env }, timeout: 60_000 },
      (error, stdout, stderr) => {
        resolve({ stdout, stderr, exitCode: typeof error?.code === "number" ? error.code : error ? -1 : 0 });
      },
    );
  });
}
