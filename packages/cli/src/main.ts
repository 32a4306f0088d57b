import { fileURLToPath } from "node:url";
import { run } from "@oclif/core";
import { watchForEarlyEnd } from "./early-end.ts";
import { describeError, errorToJson } from "./error-report.ts";
import { errorText, traceText } from "./error-text.ts";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import { requestedOutput } from "./requested-output.ts";
import { OutputErrors } from "./terminal/output-errors.ts";
import { styleFor } from "./terminal/style.ts";

/**
 * Runs the command line of the package that `importMetaUrl` belongs to, and ends the process with its exit code.
 * A team's own bundle calls it from its own bin script: `await main(import.meta.url)`.
 */
export async function main(importMetaUrl: string): Promise<void> {
  const outputErrors = new OutputErrors(process.stdout, process.stderr);
  const ended = watchForEarlyEnd(process, showError);
  process.on("uncaughtException", (error) => {
    if (outputErrors.met(error)) return;
    ended();
    showError(error);
    process.exit();
  });
  try {
    await run(process.argv.slice(2), fileURLToPath(importMetaUrl));
  } catch (error) {
    showError(error);
  }
  ended();
  await Promise.all([process.stdout, process.stderr].map(flushed));
  const { unwritten } = outputErrors;
  if (unwritten) {
    process.stderr.write(errorText(describeError(unwritten), styleFor(process.stderr.isTTY, process.env)));
    process.exitCode ||= exitCodeOf(unwritten.code);
    await flushed(process.stderr);
  }
  process.exit();
}

/** For what goes wrong outside of a command of ours: an unknown command, another plugin's failure, a defect. */
function showError(error: unknown): void {
  // oclif ends commands, also successful ones, by throwing this.
  if ((error as { code?: unknown } | null)?.code === "EEXIT") {
    process.exitCode = (error as { oclif?: { exit?: number } }).oclif?.exit ?? EXIT.done;
    return;
  }
  const { json, trace } = requestedOutput(process.argv.slice(2));
  const report = describeError(error, trace);
  if (json) process.stdout.write(`${JSON.stringify(errorToJson(report))}\n`);
  else process.stderr.write(errorText(report, styleFor(process.stderr.isTTY, process.env)));
  if (trace) process.stderr.write(traceText(error));
  process.exitCode = exitCodeOf(report.code);
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}
