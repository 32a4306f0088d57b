import { RekeyError } from "@cassandra-rekey/core";

/** 32 bytes in base64: the URL-safe alphabet of the specification, or the standard one, which is as clear. */
const KEY_TEXT = /^[A-Za-z0-9_+/-]{43}=?$/;

/**
 * The 32 bytes of a Fernet key from its base64 text, white space around it allowed. The caller wipes them.
 * Throws `CONFIG.SECRET_MALFORMED`, which names the place where the key is kept, never the key.
 */
export function parseKey(text: Uint8Array, place: string): Uint8Array {
  // A byte order mark, with which some editors begin a file, is white space too.
  const trimmed = Buffer.from(text.buffer, text.byteOffset, text.length).toString().trim();
  if (KEY_TEXT.test(trimmed)) return Buffer.from(trimmed, "base64url");
  const keys = trimmed.split(/[\s,;]+/);
  const hint = keys.every((each) => KEY_TEXT.test(each))
    ? `There are ${keys.length}, as for MultiFernet: give each a place and an entry of its own, the newest as target, the others as previous.`
    : "A Fernet key is 44 characters, as `Fernet.generate_key()` prints it.";
  throw new RekeyError(
    "CONFIG.SECRET_MALFORMED",
    `the Fernet key ${place} is not 32 bytes of URL-safe base64`,
    { hint },
  );
}
