import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

/** How a process of the command line ended. */
export interface CliResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const BIN = fileURLToPath(new URL("../bin/run.js", import.meta.url));

/** Runs the built command line as a user would, with no environment but the one given. */
export function runCli(
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<CliResult> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [BIN, ...args],
      { cwd, env: { PATH: process.env.PATH ?? "", HOME: cwd, ...env }, timeout: 60_000 },
      (error, stdout, stderr) => {
        resolve({ stdout, stderr, exitCode: typeof error?.code === "number" ? error.code : error ? -1 : 0 });
      },
    );
  });
}
