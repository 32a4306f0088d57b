import { NO_VARIABLE_NAME, VARIABLE_NAME } from "@cassandra-rekey/core";
import { z } from "zod";

const secretRef = z.union([
  z.strictObject({
    env: z
      .string()
      .regex(VARIABLE_NAME, NO_VARIABLE_NAME)
      .describe("Environment variable that holds the token."),
  }),
  z.strictObject({ file: z.string().min(1).describe("File that holds the token.") }),
]);

/** Options of one key of the transit engine. */
export const vaultOptions = z.strictObject({
  address: z.url({ protocol: /^https?$/ }).describe("Where Vault is, such as https://vault.internal:8200."),
  key: z
    .string()
    .regex(/^[\w.-]+$/, "must be the name of a transit key")
    .describe("Name of the transit key.")
    .meta({ examples: ["cells"] }),
  token: secretRef.describe("Where the Vault token is kept."),
  mount: z
    .string()
    .regex(/^[\w./-]+$/, "must be the path of a mount")
    .default("transit")
    .describe("Where the transit engine is mounted."),
  namespace: z.string().min(1).optional().describe("Namespace, on Vault Enterprise."),
  batch_size: z.int().min(1).max(5000).default(500).describe("Cells sent in one call."),
  timeout_ms: z
    .int()
    .min(100)
    .max(600_000)
    .default(10_000)
    .describe("Time that one call may take, milliseconds."),
});

export type VaultOptions = z.output<typeof vaultOptions>;
