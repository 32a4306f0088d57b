import { isUtf8 } from "node:buffer";
import { type FormatName, fromBase64, knownFormat } from "./known-formats.ts";

/** What may be taken for plaintext. */
export interface PlaintextRules {
  /** Only UTF-8 text; true when left out. */
  readonly utf8?: boolean | undefined;
  /** Also text that is base64 or hexadecimal of bytes that are no text; false when left out. */
  readonly encoded?: boolean | undefined;
  /** A regular expression that the whole value matches. */
  readonly pattern?: string | undefined;
  /** Bytes. */
  readonly maxLength?: number | undefined;
  /** Ciphertext formats that are plaintext here. */
  readonly accept?: readonly FormatName[] | undefined;
}

/** The shortest ciphertext of any mode with a nonce and a tag, bytes: shorter values can be none. */
const SHORTEST_CIPHERTEXT = 28;

/** Why a value is not taken for plaintext; `undefined` when it is. Never quotes the value. */
export type NotPlaintext = (value: Uint8Array) => string | undefined;

/** The rules as one check. `pattern` must be a regular expression. */
export function notPlaintext(rules: PlaintextRules): NotPlaintext {
  const accepted = new Set<string>(rules.accept);
  const pattern = rules.pattern === undefined ? undefined : new RegExp(`^(?:${rules.pattern})$`, "su");
  return (value) => {
    if (rules.maxLength !== undefined && value.length > rules.maxLength)
      return "it is longer than max_length";
    const format = knownFormat(value, accepted);
    if (format) return `it looks like ciphertext (${format})`;
    const text = isUtf8(value) ? Buffer.from(value).toString() : undefined;
    if (text === undefined && (rules.utf8 ?? true)) return "it is not UTF-8 text";
    if (text !== undefined && !rules.encoded && isEncodedCiphertext(text.trim()))
      return "it is base64 or hexadecimal of bytes that are no text";
    if (pattern && !(text !== undefined && matches(pattern, text))) return "it does not match the pattern";
    return undefined;
  };
}

/** A pattern that gives up on a very long text does not match it. */
function matches(pattern: RegExp, text: string): boolean {
  try {
    return pattern.test(text);
  } catch {
    return false;
  }
}

/**
 * Whether text may be the ciphertext of a key that nobody has. Only what mixes upper and lower case counts as base64,
 * or every long word in small letters would; random bytes escape that once in 2^28 times at the shortest.
 */
function isEncodedCiphertext(text: string): boolean {
  // As databases spell binary data: Cassandra and Oracle 0x…, PostgreSQL \x….
  const hex = text.replace(/^(?:0x|\\x)/i, "");
  if (/^(?:[0-9a-f]{2})+$/i.test(hex) && hex.length >= SHORTEST_CIPHERTEXT * 2)
    return !isUtf8(Buffer.from(hex, "hex"));
  if (!/[a-z]/.test(text) || !/[A-Z]/.test(text)) return false;
  const decoded = fromBase64(text);
  return decoded !== undefined && decoded.length >= SHORTEST_CIPHERTEXT && !isUtf8(decoded);
}
