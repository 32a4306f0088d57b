import type { Desk } from "./desk.ts";

/** Layout of a token before base64: version, timestamp, IV, ciphertext, HMAC. Sizes in bytes. */
export const VERSION = 0x80;
export const TIMESTAMP_AT = 1;
export const IV_AT = 9;
export const IV_LENGTH = 16;
export const HMAC_LENGTH = 32;
const BLOCK = 16;
const EQUALS = 0x3d;
const AROUND_CIPHERTEXT = IV_AT + IV_LENGTH + HMAC_LENGTH;
const SHORTEST = AROUND_CIPHERTEXT + BLOCK;
/** The shortest token in base64. */
export const SHORTEST_TEXT = Math.ceil(SHORTEST / 3) * 4;

/**
 * Decodes a token strictly: URL-safe alphabet, full padding, the version byte, whole blocks.
 * `undefined` when it is not the shape of a Fernet token. The token stands on `desk`, which has room for the text,
 * until the next one is decoded: memory that is used over and over stays in the processor's caches.
 */
export function decodeToken(ciphertext: Uint8Array, desk: Desk): Buffer | undefined {
  const { length } = ciphertext;
  if (length % 4 !== 0 || length < SHORTEST_TEXT) return undefined;
  const text = asBuffer(ciphertext).toString("latin1");
  const token = desk.first(desk.bytes.write(text, "base64url"));
  // Node's decoder passes over what it does not know and accepts the standard alphabet as well.
  if (token.length !== (length / 4) * 3 - padding(ciphertext) || text.includes("+") || text.includes("/"))
    return undefined;
  if (token[0] !== VERSION || token.length < SHORTEST) return undefined;
  return (token.length - AROUND_CIPHERTEXT) % BLOCK === 0 ? token : undefined;
}

/**
 * A token as it should be spelled, of one that Python's `cryptography` reads as well: with white space in or around it,
 * or in the standard alphabet. `undefined` where nothing is to be respelled.
 */
export function respelled(ciphertext: Uint8Array): Uint8Array | undefined {
  const first = ciphertext[0] ?? 0;
  // What is no token at all costs nothing.
  if (first !== 0x67 && first > 0x20) return undefined;
  const text = asBuffer(ciphertext).toString("latin1");
  if (!/^[\t-\r ]*g/.test(text) || !/[\t-\r +/]/.test(text)) return undefined;
  const plain = text
    .replace(/[\t-\r ]+/g, "")
    .replaceAll("+", "-")
    .replaceAll("/", "_");
  return Buffer.from(plain, "latin1");
}

/** Whether bytes may be a token's text: the version byte makes the first character "g", whatever the timestamp is. */
export function looksLikeToken(ciphertext: Uint8Array): boolean {
  return ciphertext[0] === 0x67 && ciphertext.length >= SHORTEST_TEXT && ciphertext.length % 4 === 0;
}

/** The base64 text of a token, with padding. */
export function encodeToken(token: Buffer): Buffer {
  const text = token.toString("base64url");
  const padded = Buffer.allocUnsafe(Math.ceil(text.length / 4) * 4);
  for (let at = text.length; at < padded.length; at += 1) padded[at] = EQUALS;
  padded.write(text, 0, "latin1");
  return padded;
}

/** How long a plaintext is once padded (PKCS #7): whole blocks, and at least one byte more. */
export function paddedLength(length: number): number {
  return length + BLOCK - (length % BLOCK);
}

/** How long the token of a plaintext is, before base64. */
export function tokenLength(plaintextLength: number): number {
  return AROUND_CIPHERTEXT + paddedLength(plaintextLength);
}

/** What stands between `start` and `end` without its PKCS #7 padding, or `undefined` when that is not right. */
export function unpad(clear: Buffer, start = 0, end = clear.length): Buffer | undefined {
  const count = end > start ? clear[end - 1]! : 0;
  if (count < 1 || count > BLOCK || count > end - start) return undefined;
  for (let index = end - count; index < end; index += 1) if (clear[index] !== count) return undefined;
  return clear.subarray(start, end - count);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function padding(ciphertext: Uint8Array): number {
  const { length } = ciphertext;
  if (ciphertext[length - 1] !== EQUALS) return 0;
  return ciphertext[length - 2] === EQUALS ? 2 : 1;
}
