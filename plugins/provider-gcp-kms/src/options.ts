import { z } from "zod";

const whole = (least: number, most: number) => z.int().min(least).max(most);

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
    data_keys: z
      .strictObject({
        max_cells: whole(1, 2 ** 32)
          .optional()
          .describe("Cells that one data key encrypts. Default 65536."),
        max_bytes: whole(1, Number.MAX_SAFE_INTEGER)
          .optional()
          .describe("Plaintext bytes that one data key encrypts. Default 1 GiB."),
        max_age_seconds: whole(1, 86_400).optional().describe("How long a data key encrypts. Default 300."),
        cached: whole(1, 10_000_000)
          .optional()
          .describe(
            "Unwrapped data keys kept for reading, the least recently used dropped first. Default 4096.",
          ),
        cached_seconds: whole(1, 86_400)
          .optional()
          .describe("How long such a data key is kept. Default 300."),
      })
      .optional()
      .describe("How long data keys are used."),
    parallel_calls: whole(1, 1000).optional().describe("Calls to KMS under way at once. Default 16."),
    timeout_ms: whole(100, 600_000)
      .default(10_000)
      .describe("Time after which a call counts as unanswered, in milliseconds."),
    price_per_10000: z
      .number()
      .min(0)
      .default(0.03)
      .describe(
        "List price of 10,000 operations, in USD, for estimates. Default: as published for keys in software.",
      ),
  })
  .meta({ examples: [{ key_name: "projects/acme/locations/europe-west1/keyRings/app/cryptoKeys/cells" }] });

export type GcpKmsOptions = z.output<typeof gcpKmsOptions>;

/** Data keys cross the connection in the clear. */
function isSafe(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return (
    protocol === "https:" || hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]"
  );
}
