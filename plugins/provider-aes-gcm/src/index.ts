import {
  definePlugin,
  defineProvider,
  type EncryptionKey,
  NO_VARIABLE_NAME,
  type SecretRef,
  VARIABLE_NAME,
} from "@cassandra-rekey/core";
import { z } from "zod";
import { KEY_LENGTH, LocalKey, type LocalKeyParts } from "./local-key.ts";
import { parseKey } from "./parse-key.ts";

/** Options of one local AES key. */
export const aesGcmOptions = z.strictObject({
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
    .describe("Where the key is kept: 32 random bytes (64 with mode siv), in base64 or hexadecimal."),
  mode: z
    .enum(["gcm", "siv"])
    .default("gcm")
    .describe(
      "gcm: AES-256-GCM with random nonces. siv: AES-256-SIV, for columns whose equal values must have equal ciphertexts.",
    ),
  associated_data: z
    .string()
    .min(1)
    .optional()
    .describe(
      "What cells are bound to, such as {keyspace}.{table}.{column} or {table}/{primary_key}; nothing by default.",
    ),
});

/** A local AES key from its text, for programs that embed the engine. Throws `CONFIG.SECRET_MALFORMED`. */
export function aesKey(text: string, parts: LocalKeyParts): EncryptionKey {
  return openKey(Buffer.from(text), "given in code", parts);
}

function openKey(text: Uint8Array, place: string, parts: LocalKeyParts): LocalKey {
  const key = parseKey(text, KEY_LENGTH[parts.mode], place);
  try {
    return new LocalKey(key, parts);
  } finally {
    key.fill(0);
  }
}

function placeOf(ref: SecretRef): string {
  return "env" in ref ? `in environment variable ${ref.env}` : `in file ${ref.file}`;
}

export default definePlugin({
  name: "@cassandra-rekey/provider-aes-gcm",
  providers: {
    "aes-gcm": defineProvider({
      options: aesGcmOptions,
      create: async ({ key, mode, associated_data: associatedData }, ctx) =>
        openKey(await ctx.secret(key), placeOf(key), {
          version: ctx.keyVersion,
          mode,
          associatedData,
          random: ctx.random,
        }),
    }),
  },
});
