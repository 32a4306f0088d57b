import { definePlugin, defineProvider } from "@cassandra-rekey/core";
import { z } from "zod";
import { FORMAT_NAMES, type FormatName } from "./known-formats.ts";
import { PlaintextKey } from "./plaintext-key.ts";

/** Options of plaintext. */
export const plaintextOptions = z.strictObject({
  utf8: z
    .boolean()
    .default(true)
    .describe("Take only UTF-8 text for plaintext. Set to false where plaintext is binary."),
  encoded: z
    .boolean()
    .default(false)
    .describe("Also take text that is base64 or hexadecimal of binary data, which ciphertext looks like."),
  pattern: z
    .string()
    .min(1)
    .refine(isPattern, "is not a regular expression")
    .optional()
    .describe("Regular expression that the whole value matches. Plays no part in a target."),
  max_length: z
    .int()
    .min(0)
    .optional()
    .describe("Take only values up to this length for plaintext, bytes. Plays no part in a target."),
  accept: z
    .array(z.enum(FORMAT_NAMES as readonly [FormatName, ...FormatName[]]))
    .default([])
    .describe(
      "Ciphertext formats that are plaintext here, such as tokens that the application keeps unencrypted.",
    ),
});

function isPattern(text: string): boolean {
  try {
    new RegExp(text, "su");
    return true;
  } catch {
    return false;
  }
}

export default definePlugin({
  name: "@cassandra-rekey/provider-plaintext",
  providers: {
    plaintext: defineProvider({
      options: plaintextOptions,
      create: async ({ utf8, encoded, pattern, max_length: maxLength, accept }, ctx) => {
        if (ctx.use === "previous")
          return new PlaintextKey(ctx.keyVersion, { utf8, encoded, pattern, maxLength, accept });
        // A rollback makes a target of the previous key, with the options that it has.
        if (pattern !== undefined || maxLength !== undefined)
          ctx.logger.warn(
            { key: ctx.keyVersion },
            "pattern and max_length play no part: as the target, plaintext is whatever was decrypted",
          );
        return new PlaintextKey(ctx.keyVersion, { utf8, encoded, accept });
      },
    }),
  },
});
