/** One unambiguous byte string: each part as its length (4 bytes, big-endian) and its bytes. */
export function lengthPrefixed(parts: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of parts) length += 4 + part.length;
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const part of parts) {
    at = bytes.writeUInt32BE(part.length, at);
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
