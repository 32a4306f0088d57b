import { isRekeyError } from "@cassandra-rekey/core";

/** An error as it is stored with a chunk or a row: without anything that could quote data. */
export function failureText(error: unknown): { readonly code: string; readonly message: string } {
  if (isRekeyError(error)) return { code: error.code, message: error.message };
  return { code: "INTERNAL.INVARIANT", message: unexpected(error) };
}

/** The text of an unknown error may quote data: its kind and its place have to do. */
function unexpected(error: unknown): string {
  if (!(error instanceof Error)) return "unexpected error";
  const place = /^\s+at .*?([^/\\\s(]+:\d+:\d+)\)?$/m.exec(error.stack ?? "")?.[1];
  return `unexpected ${error.name}${place === undefined ? "" : ` at ${place}`}`;
}
