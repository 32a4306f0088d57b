import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const NONCE = 12;
const TAG = 16;

/** AES-256-GCM as a key service does it inside: nonce, tag, ciphertext. */
export function sealBlob(key: Uint8Array, plaintext: Uint8Array, bound: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(bound);
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

/** The reverse of {@link sealBlob}; `undefined` for what is not authentic. */
export function openBlob(key: Uint8Array, blob: Uint8Array, bound: Uint8Array): Buffer | undefined {
  if (blob.length < NONCE + TAG) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, blob.subarray(0, NONCE));
  decipher.setAAD(bound).setAuthTag(blob.subarray(NONCE, NONCE + TAG));
  try {
    return Buffer.concat([decipher.update(blob.subarray(NONCE + TAG)), decipher.final()]);
  } catch {
    return undefined;
  }
}
