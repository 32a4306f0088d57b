import { endpointOption, envelopeOptions } from "@cassandra-rekey/envelope";
import { z } from "zod";

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
    endpoint: endpointOption().describe(
      "URL to call instead of the region's own: a VPC endpoint, or a server for tests.",
    ),
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
    ...envelopeOptions,
    timeout_ms: envelopeOptions.timeout_ms.describe(
      "Time after which a call counts as unanswered, its attempts together, in milliseconds.",
    ),
    max_attempts: z
      .int()
      .min(1)
      .max(10)
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
