import { isUtf8 } from "node:buffer";

/** What a text may look like; the first that fits is said. All are linear in its length. */
const LOOKS: readonly (readonly [RegExp | ((text: string) => boolean), string])[] = [
  [/^\s*$/u, "white space"],
  [/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu, "a UUID"],
  [/^\d{4}-\d{2}-\d{2}(?:[T ][\d:.]+(?:Z|[+-]\d{2}:?\d{2})?)?$/u, "a date"],
  [/^\d+$/u, "digits"],
  [/^[+-]?\d+[.,]\d+$/u, "a decimal number"],
  [/^\+?[\d ()/.-]{6,}$/u, "a phone number or an account number"],
  [/^[a-z][a-z\d+.-]{1,20}:\/\/\S+$/iu, "a URL"],
  [/^[^\s@]+@[^\s@]+$/u, "an email address"],
  [isJson, "JSON"],
  [/^\s*<.*>\s*$/su, "XML"],
  [/^-----BEGIN /u, "PEM"],
  [/^eyJ[\w-]+\.[\w.-]+$/u, "a JSON web token"],
  [/^(?:[\da-f]{2}){8,}$/iu, "hexadecimal"],
  [isBase64, "base64"],
  [/^[\p{L}\p{M}'’-]+$/u, "one word"],
  [/^[\p{L}\p{M}\p{N}\p{P}]+(?:\s+[\p{L}\p{M}\p{N}\p{P}]+)+$/u, "words"],
];

/** Looking at more would say no more. */
const LONGEST_LOOK = 4096;

/**
 * What a value is like, in words that say nothing of what it is: kind, about how long, what it looks like. It is made
 * of fixed words and of the bounds of a size class alone, never of the value.
 */
export function cellShape(value: Uint8Array): string {
  if (value.length === 0) return "empty";
  if (!isUtf8(value)) return `no text, ${sizeClass(value.length)} bytes`;
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  const length = `text, ${sizeClass([...text].length)} characters`;
  if (text.length > LONGEST_LOOK) return length;
  const looks = LOOKS.find(([test]) => (typeof test === "function" ? test(text) : test.test(text)))?.[1];
  return looks === undefined ? length : `${length}, looks like ${looks}`;
}

/** Powers of two: an exact length would tell one value from others. */
function sizeClass(size: number): string {
  const least = 2 ** Math.floor(Math.log2(size));
  return least === 1 ? "1" : `${least}–${2 * least - 1}`;
}

function isJson(text: string): boolean {
  if (!/^\s*[[{"]/u.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Words are base64 too: only what mixes cases and digits, or is padded, counts. */
function isBase64(text: string): boolean {
  if (text.length < 16 || !/^[\w+/-]+={0,2}$/u.test(text)) return false;
  return text.endsWith("=") || (/[a-z]/u.test(text) && /[A-Z]/u.test(text) && /\d/u.test(text));
}
