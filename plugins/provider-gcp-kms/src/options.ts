import { DEFAULT_LIMITS, type EnvelopeLimits } from "@cassandra-rekey/envelope";
import { z } from "zod";

const whole = (least: number, most: number) => z.int().min(least).max(most);

/** How long data keys are used. */
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

/** Options of one Google Cloud KMS key. */
export const gcpKmsOptions = z
  .strictObject({
    key_name: z
      .string()
      .regex(
        /^projects\/[^/\s]+\/locations\/[^/\s]+\/keyRings\/[^/\s]+\/cryptoKeys\/[^/\s]+(\/cryptoKeyVersions\/[1-9]\d*)?$/,
        "must be projects/…/locations/…/keyRings/…/cryptoKeys/…, with or without /cryptoKeyVersions/…",
      )
      .describe(
        "Resource name of the CryptoKey: its primary version encrypts. With /cryptoKeyVersions/…: that version encrypts.",
      ),
    endpoint: z
      .url({ protocol: /^https?$/ })
      .refine(isSafe, "may be http only on this host, for tests")
      .optional()
      .describe(
        "URL to call instead of cloudkms.googleapis.com: a regional endpoint, or a server for tests.",
      ),
    key_context: z
      .record(z.string().min(1), z.string())
      .optional()
      .describe(
        "What KMS binds data keys to, as additional authenticated data; values may hold {keyspace}, {table} and {column}. Each distinct value has data keys of its own.",
      ),
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
      .default(10_000)
      .describe("Time after which a call counts as unanswered, in milliseconds."),
    price_per_10000: z
      .number()
      .min(0)
      .default(0.03)
      .describe(
        "List price of 10,000 operations, in USD, for estimates. Default: symmetric keys in software or an HSM, as of 17 March 2025.",
      ),
  })
  .meta({ examples: [{ key_name: "projects/acme/locations/europe-west1/keyRings/app/cryptoKeys/cells" }] });

export type GcpKmsOptions = z.output<typeof gcpKmsOptions>;

/** The options as the limits of an envelope key. */
export function limitsOf({ data_keys, parallel_calls, timeout_ms }: GcpKmsOptions): EnvelopeLimits {
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

/** Data keys cross the connection in the clear. */
function isSafe(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return (
    protocol === "https:" || hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]"
  );
}
