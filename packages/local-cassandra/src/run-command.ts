import { spawn } from "node:child_process";

/** How a command ended; `code` is undefined when it could not be run at all. */
export interface CommandResult {
  readonly code: number | undefined;
  readonly output: string;
}

/** Runs a command to its end and collects what it prints. Never rejects. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly timeoutMs?: number; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: options.timeoutMs ?? 60_000,
      env: options.env ?? process.env,
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));
    child.once("error", (error) => resolve({ code: undefined, output: error.message }));
    child.once("close", (code, signal) =>
      resolve({
        code: code ?? -1,
        output: Buffer.concat(chunks).toString() + (signal ? `\nstopped by ${signal}` : ""),
      }),
    );
  });
}
