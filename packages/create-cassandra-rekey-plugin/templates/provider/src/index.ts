import { createSecretKey } from "node:crypto";
import { definePlugin, defineProvider, RekeyError, simpleKey } from "@cassandra-rekey/core";
import { z } from "zod";
import { open, seal } from "./sealed-value.ts";

const secretRef = z.union([
  z.strictObject({ env: z.string().describe("Environment variable that holds the key.") }),
  z.strictObject({ file: z.string().describe("File that holds the key.") }),
]);

/** Options of one key. Their descriptions are shown by `cassandra-rekey extensions show template-part`. */
export const options = z.strictObject({
  key: secretRef.describe("Where the key is kept: 32 bytes in base64."),
});

export default definePlugin({
  name: "template-package",
  providers: {
    "template-part": defineProvider({
      options,
      // Import a vendor's SDK in here: importing this module must cost nothing.
      async create({ key: ref }, ctx) {
        const text = Buffer.from(await ctx.secret(ref)).toString("latin1");
        const bytes = Buffer.from(text, "base64");
        if (bytes.length !== 32) {
          throw new RekeyError(
            "CONFIG.SECRET_MALFORMED",
            `the key ${ctx.keyVersion} is not 32 bytes of base64`,
          );
        }
        const key = createSecretKey(bytes);
        return simpleKey({
          version: ctx.keyVersion,
          encrypt: (plaintext) => seal(key, plaintext, ctx.random),
          decrypt: (ciphertext) => open(key, ciphertext),
        });
      },
    }),
  },
});
