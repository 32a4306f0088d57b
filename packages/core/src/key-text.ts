/** Key columns as one text: base64 parts, which cannot hold the separator. */
export function encodeKey(key: readonly Uint8Array[]): string {
  return key.map((part) => Buffer.from(part).toString("base64")).join(".");
}

/** The reverse of {@link encodeKey}. */
export function decodeKey(text: string): readonly Uint8Array[] {
  return text.split(".").map((part) => Buffer.from(part, "base64"));
}
