import { basename } from "node:path";
import { CATALOGUE, isRekeyError } from "@cassandra-rekey/core";
import { flagProblem, withoutFrame } from "./flag-errors.ts";

/** An error as it is shown: in text on standard error, or as `{ error }` with `--json`. */
export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly problems: readonly string[];
}

/**
 * What is shown of anything that was thrown.
 * The text of an error that nobody meant for people may quote a value (`JSON.parse` and `BigInt` do), so of such
 * an error only its name and its place are shown: the place tells whose code it was. `trace` shows it whole.
 */
export function describeError(error: unknown, trace = false): ErrorReport {
  if (isRekeyError(error)) {
    // What a flag's own check throws; it names the flag itself.
    const message = withoutFrame(error.message, "");
    return { code: error.code, message, hint: error.hint, problems: error.problems };
  }
  if (isOclifError(error)) {
    const { suggestions } = error;
    const problem = flagProblem(error);
    return { code: "USAGE.INVALID", ...problem, hint: suggestions?.join("; ") ?? problem.hint };
  }
  if (error instanceof Error && error.name === "AbortError") {
    return {
      code: "INTERRUPTED",
      message: CATALOGUE.INTERRUPTED.summary,
      hint: CATALOGUE.INTERRUPTED.hint,
      problems: [],
    };
  }
  return {
    code: "INTERNAL.INVARIANT",
    message: `Unexpected ${nameOf(error)}${placeOf(error)}${trace && error instanceof Error ? `: ${error.message}` : ""}.`,
    hint: "Run the command again with --log-level debug for the details, and report them.",
    problems: [],
  };
}

/** The `{ error }` object of `--json`; `problems` is there only when there are some. */
export function errorToJson(report: ErrorReport): object {
  const { problems, ...rest } = report;
  return { error: problems.length === 0 ? rest : { ...rest, problems } };
}

interface OclifError extends Error {
  readonly oclif: { readonly exit?: number };
  readonly suggestions?: readonly string[];
}

function isOclifError(error: unknown): error is OclifError {
  return error instanceof Error && typeof (error as Partial<OclifError>).oclif === "object";
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === "string" ? `${error.name} (${code})` : error.name;
}

/** The file and line of a stack's frame that is not in Node itself. */
const FRAME = /^\s+at (?:async )?(?:.*\()?(?:file:\/\/)?(?!node:)([^\s()]+:\d+):\d+\)?$/m;

/** Where an error comes from: the file, with its package if it is in one. Nothing where its stack does not tell. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const { message, stack = "" } = error;
  // The message comes first, and may look like anything.
  const begins = stack.indexOf(message);
  const file = begins < 0 ? undefined : FRAME.exec(stack.slice(begins + message.length))?.[1];
  if (file === undefined) return "";
  const inPackage = file.split("/node_modules/");
  return ` in ${inPackage.length > 1 ? inPackage.at(-1) : basename(file)}`;
}
