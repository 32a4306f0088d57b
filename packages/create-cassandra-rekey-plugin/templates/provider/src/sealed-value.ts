import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";
import type { Random } from "@cassandra-rekey/core";

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM: IV, ciphertext, tag. */
export function seal(key: KeyObject, plaintext: Uint8Array, random: Random): Uint8Array {
  const iv = random.bytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** The plaintext, or `undefined` for what this key did not seal: then the engine tries the next key. */
export function open(key: KeyObject, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < IV_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, IV_BYTES));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const start = decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([start, decipher.final()]);
  } catch {
    return undefined;
  }
}
