import {
  definePlugin,
  defineProvider,
  type EncryptionKey,
  NO_VARIABLE_NAME,
  type SecretRef,
  VARIABLE_NAME,
} from "@cassandra-rekey/core";
import { z } from "zod";
import { FernetKey, type FernetKeyParts } from "./fernet-key.ts";
import { parseKey } from "./parse-key.ts";

/** Options of one Fernet key. */
export const fernetOptions = z.strictObject({
  key: z
    .union([
      z.strictObject({
        env: z
          .string()
          .regex(VARIABLE_NAME, NO_VARIABLE_NAME)
          .describe("Environment variable that holds the key."),
      }),
      z.strictObject({ file: z.string().min(1).describe("File that holds the key.") }),
    ])
    .describe("Where the key is kept: 32 bytes in URL-safe base64."),
});

/** A Fernet key from its text, for programs that embed the engine. Throws `CONFIG.SECRET_MALFORMED`. */
export function fernetKey(text: string, parts: FernetKeyParts): EncryptionKey {
  return openKey(Buffer.from(text), "given in code", parts);
}

function openKey(text: Uint8Array, place: string, parts: FernetKeyParts): FernetKey {
  const key = parseKey(text, place);
  try {
    return new FernetKey(key, parts);
  } finally {
    key.fill(0);
  }
}

function placeOf(ref: SecretRef): string {
  return "env" in ref ? `in environment variable ${ref.env}` : `in file ${ref.file}`;
}

export default definePlugin({
  name: "@cassandra-rekey/provider-fernet",
  providers: {
    fernet: defineProvider({
      options: fernetOptions,
      create: async ({ key }, ctx) =>
        openKey(await ctx.secret(key), placeOf(key), {
          version: ctx.keyVersion,
          clock: ctx.clock,
          random: ctx.random,
        }),
    }),
  },
});
