import { endpointOption, envelopeOptions } from "@cassandra-rekey/envelope";
import { z } from "zod";

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
    endpoint: endpointOption().describe(
      "URL to call instead of cloudkms.googleapis.com: a regional endpoint, or a server for tests.",
    ),
    key_context: z
      .record(z.string().min(1), z.string())
      .optional()
      .describe(
        "What KMS binds data keys to, as additional authenticated data; values may hold {keyspace}, {table} and {column}. Each distinct value has data keys of its own.",
      ),
    ...envelopeOptions,
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
