import { z } from "zod";
import { DEFAULT_LIMITS, type EnvelopeLimits } from "./limits.ts";

const whole = (least: number, most: number) => z.int().min(least).max(most);

/** How long data keys are used: `data_keys` of a provider over a key service. */
export const dataKeyOptions = z
  .strictObject({
    max_cells: whole(1, 2 ** 32)
      .default(DEFAULT_LIMITS.cells)
      .describe("Cells that one data key encrypts."),
    max_bytes: whole(1, Number.MAX_SAFE_INTEGER)
      .default(DEFAULT_LIMITS.bytes)
      .describe("Plaintext bytes that one data key encrypts."),
    max_age_seconds: whole(1, 86_400)
      .default(DEFAULT_LIMITS.ageMs / 1000)
      .describe("How long a data key encrypts, in seconds."),
    cached: whole(1, 10_000_000)
      .default(DEFAULT_LIMITS.openKeys)
      .describe("Unwrapped data keys kept for reading, the least recently used dropped first."),
    cached_seconds: whole(1, 86_400)
      .default(DEFAULT_LIMITS.openAgeMs / 1000)
      .describe("How long such a data key is kept, in seconds."),
  })
  .describe("How long data keys are used.");

/** Options that every provider over a key service has, to be spread into its own schema. */
export const envelopeOptions = {
  associated_data: z
    .string()
    .optional()
    .describe(
      "What cells are bound to, such as {keyspace}.{table}.{column} or {primary_key}. Costs no calls.",
    ),
  data_keys: dataKeyOptions.prefault({}),
  parallel_calls: whole(1, 1000)
    .default(DEFAULT_LIMITS.parallelCalls)
    .describe("Calls to KMS under way at once."),
  timeout_ms: whole(100, 600_000)
    .default(DEFAULT_LIMITS.callTimeoutMs)
    .describe("Time after which a call counts as unanswered, in milliseconds."),
};

/** `endpoint` of a provider over a key service. Data keys cross the connection in the clear, so it is https, or this host. */
export const endpointOption = () =>
  z
    .url({ protocol: /^https?$/ })
    .refine(
      (text) => URL.canParse(text) && isSafeEndpoint(new URL(text)),
      "may be http only on this host, for tests",
    )
    .optional();

/** What {@link limitsOf} reads. */
export type EnvelopeOptions = Pick<
  { readonly [Name in keyof typeof envelopeOptions]: z.output<(typeof envelopeOptions)[Name]> },
  "data_keys" | "parallel_calls" | "timeout_ms"
>;

/** The options as the limits of an envelope key. */
export function limitsOf({ data_keys, parallel_calls, timeout_ms }: EnvelopeOptions): EnvelopeLimits {
  return {
    cells: data_keys.max_cells,
    bytes: data_keys.max_bytes,
    ageMs: data_keys.max_age_seconds * 1000,
    openKeys: data_keys.cached,
    openAgeMs: data_keys.cached_seconds * 1000,
    parallelCalls: parallel_calls,
    callTimeoutMs: timeout_ms,
  };
}

/** Whether data keys may travel there: over https, or within this host. For places that no option names. */
export function isSafeEndpoint({ protocol, hostname }: Pick<URL, "protocol" | "hostname">): boolean {
  return (
    protocol === "https:" || hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]"
  );
}
