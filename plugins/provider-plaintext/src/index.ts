import { definePlugin, defineProvider, RekeyError } from "@cassandra-rekey/core";
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
    .describe("Regular expression that the whole value matches. Only for a previous key."),
  max_length: z
    .int()
    .min(0)
    .optional()
    .describe("Take only values up to this length for plaintext, bytes. Only for a previous key."),
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
        if (ctx.use === "target" && (pattern !== undefined || maxLength !== undefined))
          throw new RekeyError(
            "CONFIG.INVALID",
            "pattern and max_length of plaintext are for a previous key",
            {
              hint: "A target writes whatever was decrypted: leave them out.",
            },
          );
        return new PlaintextKey(ctx.keyVersion, { utf8, encoded, pattern, maxLength, accept });
      },
    }),
  },
});
