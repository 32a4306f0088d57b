const SHORTEST_KEY = 20;
const SHORTEST_HEX = 32;

/**
 * Whether a text that should name a variable or a file looks like a key itself: base64 of random bytes has letters of
 * both cases and digits, and hexadecimal is long. Such a text is not repeated in any message.
 */
export function looksSecret(text: string): boolean {
  if (text.length >= SHORTEST_HEX && /^[\da-f]+$/i.test(text)) return true;
  const base64 = text.length >= SHORTEST_KEY && /^[\w+/-]+={0,2}$/.test(text);
  return base64 && /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text);
}
