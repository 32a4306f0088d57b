import { RekeyError } from "@cassandra-rekey/core";

const HEX = /^[0-9a-fA-F]+$/;
const BASE64 = /^[A-Za-z0-9_+/-]+={0,2}$/;

/**
 * A key of `length` bytes from its hexadecimal or base64 text (either alphabet), white space around it allowed. No
 * text is both: a key's hexadecimal text, read as base64, has another length. The caller wipes the key.
 * Throws `CONFIG.SECRET_MALFORMED`, which names the place where the key is kept, never the key.
 */
export function parseKey(text: Uint8Array, length: number, place: string): Uint8Array {
  // A byte order mark, with which some editors begin a file, is white space too.
  const trimmed = Buffer.from(text.buffer, text.byteOffset, text.length).toString().trim();
  if (trimmed.length === length * 2 && HEX.test(trimmed)) return Buffer.from(trimmed, "hex");
  if (BASE64.test(trimmed)) {
    const key = Buffer.from(trimmed, "base64url");
    if (key.length === length) return key;
    key.fill(0);
  }
  throw new RekeyError(
    "CONFIG.SECRET_MALFORMED",
    `the AES key ${place} is not ${length} bytes of base64 or hexadecimal`,
    {
      hint: `For a new key: openssl rand -base64 ${length}`,
    },
  );
}
