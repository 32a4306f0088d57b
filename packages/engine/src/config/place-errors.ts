import { type ErrorCode, isRekeyError, RekeyError } from "@cassandra-rekey/core";
import { describeProblem, type Located } from "./problem.ts";
import type { ConfigPath } from "./settings.ts";

/** Puts the place in the configuration that led to it in front of an error's message, if it has one of the codes. */
export function placed(
  error: unknown,
  source: Located,
  path: ConfigPath,
  codes: readonly ErrorCode[],
): unknown {
  if (!isRekeyError(error) || !codes.includes(error.code)) return error;
  const { code, message, hint, problems, retryable, cause } = error;
  const what = message.startsWith("The ") || message.startsWith("A ") ? lowerFirst(message) : message;
  return new RekeyError(code, describeProblem(source, { path, what }), { hint, problems, retryable, cause });
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
