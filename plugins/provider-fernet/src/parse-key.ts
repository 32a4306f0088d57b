import { RekeyError, type SecretRef } from "@cassandra-rekey/core";

/** The 32 bytes of a Fernet key from its URL-safe base64 text. Errors name where the key is kept, never the key. */
export function parseKey(text: Uint8Array, ref: SecretRef): Uint8Array {
  const place = "env" in ref ? `environment variable ${ref.env}` : `file ${ref.file}`;
  const trimmed = Buffer.from(text).toString("latin1").trim();
  const key = Buffer.from(trimmed, "base64url");
  if (!/^[A-Za-z0-9_+/-]*={0,2}$/.test(trimmed) || key.length !== 32) {
    throw new RekeyError(
      "CONFIG.SECRET_MALFORMED",
      `the Fernet key in ${place} is not 32 bytes of URL-safe base64`,
      {
        hint: "A Fernet key is 44 characters, as `Fernet.generate_key()` prints it.",
      },
    );
  }
  return key;
}
