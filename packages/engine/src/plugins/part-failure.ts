import { isRekeyError, type RekeyError } from "@cassandra-rekey/core";
import { failureText } from "../executor/failure-text.ts";

/** Puts into words what a part threw; `failure` is what may be repeated of it. */
export type Words = (failure: string, cause: unknown) => RekeyError;

/** What a plugin's part threw, for people: errors of ours pass, any other comes in these words. */
export function partFailure(error: unknown, words: Words): RekeyError {
  return isRekeyError(error) ? error : words(failureText(error).message, error);
}

/** What a plugin's part answers; what it throws is a {@link partFailure}. */
export function askPart<Result>(ask: () => Result, words: Words): Result {
  try {
    return ask();
  } catch (error) {
    throw partFailure(error, words);
  }
}
