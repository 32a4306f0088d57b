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

/** Options of one AWS KMS key. */
export const awsKmsOptions = z
  .strictObject({
    key_id: z
      .string()
      .min(1)
      .max(2048)
      .describe(
        "The KMS key: its id, its ARN, an alias (alias/app) or an alias's ARN. An ARN brings its region along.",
      ),
    region: z
      .string()
      .regex(/^[a-z]{2}[a-z-]*-\d+$/, "must be a region such as eu-west-1")
      .optional()
      .describe("Region to call. Default: the ARN's, or else what the AWS environment says."),
    profile: z
      .string()
      .min(1)
      .optional()
      .describe("Profile of the shared AWS configuration files, for its credentials, role and region."),
    endpoint: z
      .url({ protocol: /^https?$/ })
      .refine(isSafe, "may be http only on this host, for tests")
      .optional()
      .describe("URL to call instead of the region's own: a VPC endpoint, or a server for tests."),
    format: z
      .enum(["envelope", "reference", "aws-encryption-sdk"])
      .default("envelope")
      .describe(
        "How cells are laid out: our own format, the Python tool's, or messages of the AWS Encryption SDK (previous keys only).",
      ),
    encryption_context: z
      .record(z.string().min(1), z.string())
      .optional()
      .describe(
        "What KMS binds data keys to and CloudTrail shows; values may hold {keyspace}, {table} and {column}. Each distinct value has data keys of its own.",
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
      .describe("Time after which a call counts as unanswered, its attempts together, in milliseconds."),
    max_attempts: whole(1, 10)
      .default(3)
      .describe("Attempts of the AWS SDK within one call. The engine tries again after that."),
    price_per_10000: z
      .number()
      .min(0)
      .default(0.03)
      .describe(
        "List price of 10,000 requests, in USD, for estimates. Default: symmetric keys in us-east-1, June 2026, without the free tier.",
      ),
  })
  .meta({ examples: [{ key_id: "alias/app", region: "eu-west-1" }] });

export type AwsKmsOptions = z.output<typeof awsKmsOptions>;

/** The options as the limits of an envelope key. */
export function limitsOf({ data_keys, parallel_calls, timeout_ms }: AwsKmsOptions): EnvelopeLimits {
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
