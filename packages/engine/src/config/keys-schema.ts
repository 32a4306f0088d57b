import { z } from "zod";
import { envName, fileName, keyringName, partName, text } from "./fields.ts";

/** `provider:`, the Python tool's way of naming an old and a new key. */
export const providerSchema = z
  .strictObject({
    type: partName().optional().describe("fernet (default) or aws_kms; for anything else use keys."),
    old_key_env: envName().optional().describe("Environment variable with the key that cells are under now."),
    new_key_env: envName()
      .optional()
      .describe("Environment variable with the key that cells are rewritten to."),
    old_key_file: fileName().optional().describe("File with the key that cells are under now."),
    new_key_file: fileName().optional().describe("File with the key that cells are rewritten to."),
    old_key_version: text().default("v1").describe("Version label of the old key."),
    new_key_version: text().default("v2").describe("Version label of the new key."),
    old_cmk_arn: text().optional().describe("AWS KMS key that cells are under now (type aws_kms)."),
    new_cmk_arn: text().optional().describe("AWS KMS key that cells are rewritten to (type aws_kms)."),
    aws_region: text().optional().describe("AWS region of both keys (type aws_kms)."),
    module: fileName()
      .optional()
      .describe("Local module to load the provider from, relative to the configuration file."),
  })
  .describe("The Python tool's short form of keys: one old and one new key of the same kind.");

export type ProviderInput = z.output<typeof providerSchema>;

/** One key of `keys:`; what is not named here are options of its provider. */
export const keySchema = z
  .looseObject({
    provider: partName().optional().describe("Name of the provider: fernet, aws-kms, plaintext."),
    module: fileName()
      .optional()
      .describe(
        "Local module to load the provider from instead of an installed package, relative to the configuration file.",
      ),
    version: text()
      .optional()
      .describe("Version label of the key, unique in the keyring. Needed for every provider but plaintext."),
  })
  .describe("A key: its provider, its version label, and the provider's options.");

export type KeyInput = z.output<typeof keySchema>;

/** `keys:` */
export const keysSchema = z
  .strictObject({
    target: keySchema.describe("The key that cells are rewritten to."),
    previous: z
      .array(keySchema)
      .default([])
      .describe("The keys that cells may be under now, of any mix of providers."),
  })
  .describe(
    "The keyring: one target key and any number of previous keys. Of all tables and columns that name none.",
  );

export type KeysInput = z.output<typeof keysSchema>;

/** `keyrings:` */
export const keyringsSchema = z
  .record(keyringName(), keysSchema)
  .describe(
    "Further keyrings by name, each like keys, for the tables and columns that name one as their keyring.",
  );
