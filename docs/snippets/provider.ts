import { createCipheriv, createDecipheriv, createSecretKey } from "node:crypto";
import { definePlugin, defineProvider, RekeyError, simpleKey } from "@cassandra-rekey/core";
import { z } from "zod";

const secretRef = z.union([z.strictObject({ env: z.string() }), z.strictObject({ file: z.string() })]);
const IV_BYTES = 12;
const TAG_BYTES = 16;

export default definePlugin({
  name: "@acme/rekey-vault",
  providers: {
    vault: defineProvider({
      options: z.strictObject({ key: secretRef.describe("Where the key is kept: 32 bytes in base64.") }),
      async create(options, ctx) {
        const text = Buffer.from(await ctx.secret(options.key)).toString("latin1");
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
          encrypt(plaintext) {
            const iv = ctx.random.bytes(IV_BYTES);
            const cipher = createCipheriv("aes-256-gcm", key, iv);
            return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
          },
          decrypt(ciphertext) {
            if (ciphertext.length < IV_BYTES + TAG_BYTES) return undefined;
            const decipher = createDecipheriv("aes-256-gcm", key, ciphertext.subarray(0, IV_BYTES));
            decipher.setAuthTag(ciphertext.subarray(-TAG_BYTES));
            const start = decipher.update(ciphertext.subarray(IV_BYTES, -TAG_BYTES));
            try {
              return Buffer.concat([start, decipher.final()]);
            } catch {
              return undefined; // Sealed by another key: the engine tries the next one.
            }
          },
        });
      },
    }),
  },
});
