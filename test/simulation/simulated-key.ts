import { type EncryptionKey, simpleKey } from "@cassandra-rekey/core";

const HEADER_BYTES = 6;

/**
 * A key for simulations: a ciphertext begins with a byte that changes from one to the next (so that either of two may
 * be the larger value), then names its key and a counter, then holds the plaintext with its bits flipped.
 */
export function simulatedKey(version: "old" | "new"): EncryptionKey {
  let sealed = 0;
  return simpleKey({
    version,
    encrypt: (plaintext) => {
      sealed += 1;
      return seal(version, sealed, plaintext);
    },
    decrypt: (ciphertext) =>
      ciphertext[1] === version.charCodeAt(0) ? flip(ciphertext.subarray(HEADER_BYTES)) : undefined,
  });
}

/** What an application makes of a plaintext. */
export function sealedBy(version: "old" | "new" | "garbage", counter: number, plaintext: string): Uint8Array {
  return seal(version, counter, Buffer.from(plaintext));
}

/** The key and the plaintext of a ciphertext; garbage is under a key that nobody has. */
export function unsealed(ciphertext: Uint8Array): { readonly version: string; readonly plaintext: string } {
  const version = { o: "old", n: "new" }[String.fromCharCode(ciphertext[1]!)] ?? "garbage";
  return { version, plaintext: Buffer.from(flip(ciphertext.subarray(HEADER_BYTES))).toString() };
}

function seal(version: string, counter: number, plaintext: Uint8Array): Uint8Array {
  const sealed = Buffer.alloc(HEADER_BYTES + plaintext.length);
  sealed[0] = (128 + counter * 151) % 256;
  sealed[1] = version.charCodeAt(0);
  sealed.writeUInt32BE(counter, 2);
  sealed.set(flip(plaintext), HEADER_BYTES);
  return sealed;
}

function flip(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes, (byte) => byte ^ 0xff);
}
