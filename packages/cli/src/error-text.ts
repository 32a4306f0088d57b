import type { ErrorReport } from "./error-report.ts";
import { plainText } from "./terminal/plain-text.ts";
import type { Style } from "./terminal/style.ts";

/** An error for people: what happened, each problem, and the next step. Ends with a line break. */
export function errorText(report: ErrorReport, style: Style): string {
  const { message, problems } = report;
  // The only problem of its kind may be the message itself.
  const others = problems.length === 1 && problems[0] === message ? [] : problems;
  const lines = [
    `${style("red", "Error")} [${report.code}]: ${plainText(message)}`,
    ...others.map((problem) => `  - ${plainText(problem)}`),
  ];
  if (report.hint !== "") lines.push(`${style("bold", "Next")}: ${plainText(report.hint)}`);
  return `${lines.join("\n")}\n`;
}

/** The stack traces of an error and of its causes. Ends with a line break. */
export function traceText(error: unknown): string {
  const stacks: string[] = [];
  let current: unknown = error;
  // A cause may lead back to itself.
  for (let depth = 0; current instanceof Error && depth < 10; depth++) {
    stacks.push(`${depth === 0 ? "" : "Caused by: "}${current.stack ?? current.message}`);
    current = current.cause;
  }
  return stacks.length === 0 ? "" : `${stacks.map(plainText).join("\n")}\n`;
}
