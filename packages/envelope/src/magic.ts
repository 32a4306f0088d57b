/**
 * The first bytes of every ciphertext format of ours. 0xC1 never occurs in UTF-8, so text is never taken for one; in
 * base64 it reads `wVJL`. `docs/formats/` lists the formats.
 */
export const MAGIC: Uint8Array = Uint8Array.of(0xc1, 0x52, 0x4b);

/** Where the byte is that tells the formats of ours apart. */
export const KIND_AT = 3;

/** What that byte says. A new version of a format is a new kind. */
export const KIND = { envelope: 0x01, localGcm: 0x02, localSiv: 0x03 } as const;

/** Whether bytes begin as a ciphertext of ours does, of any kind, known to this version or not. */
export function startsWithMagic(bytes: Uint8Array): boolean {
  return bytes[0] === MAGIC[0] && bytes[1] === MAGIC[1] && bytes[2] === MAGIC[2];
}
