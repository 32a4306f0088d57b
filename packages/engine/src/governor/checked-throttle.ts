import { type Limit, RekeyError, type Throttle } from "@cassandra-rekey/core";
import { askPart } from "../plugins/part-failure.ts";

/**
 * A plugin's throttle as the governor asks it. What it says is checked first: compared with what is no number, nothing
 * is too much, and `hold: false` would hold for ever. What goes wrong names the throttle and stops the job.
 */
export function checkedThrottle(throttle: Throttle, name: string): Throttle {
  const wrong = (what: string, cause?: unknown) =>
    new RekeyError("PLUGIN.INVALID", `The throttle "${name}" ${what}`, { cause });
  const attempt = <Result>(method: string, call: () => Result): Result =>
    askPart(call, (failure, cause) => wrong(`failed in ${method}(): ${failure}`, cause));
  const { changes } = throttle;
  return {
    limit() {
      const limit = attempt("limit", () => throttle.limit());
      const problem = problemOf(limit);
      if (problem === undefined) return limit;
      throw wrong(`set a limit that cannot be obeyed: ${problem}`);
    },
    observe: (sample) => attempt("observe", () => throttle.observe(sample)),
    ...(throttle.tune && {
      tune: (settings) => attempt("tune", () => throttle.tune?.(settings) ?? false),
    }),
    ...(changes && { changes }),
    [Symbol.asyncDispose]: () => throttle[Symbol.asyncDispose](),
  };
}

const NUMBERS = ["inFlight", "rowsPerSecond", "bytesPerSecond"] as const;
const TEXTS = ["hold", "pause", "reason"] as const;

function problemOf(limit: Limit): string | undefined {
  if (typeof limit !== "object" || limit === null) return "it is not an object";
  for (const field of NUMBERS)
    if (limit[field] !== undefined && !isNumber(limit[field])) return `${field} is not a number`;
  for (const field of TEXTS)
    if (limit[field] !== undefined && typeof limit[field] !== "string") return `${field} is not text`;
  const { perHost } = limit;
  if (perHost === undefined) return undefined;
  if (!(perHost instanceof Map)) return "perHost is not a Map";
  for (const requests of perHost.values()) if (!isNumber(requests)) return "perHost has what is not a number";
  return undefined;
}

function isNumber(value: unknown): boolean {
  return typeof value === "number" && !Number.isNaN(value);
}
