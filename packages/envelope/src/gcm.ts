import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";

/** Sizes in bytes. */
export const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
/** What a cell grows by: nonce and tag. */
export const GCM_OVERHEAD = NONCE_LENGTH + TAG_LENGTH;

const ALGORITHM = "aes-256-gcm";
const OPTIONS = { authTagLength: TAG_LENGTH } as const;

/**
 * AES-256-GCM: `header`, nonce, ciphertext, tag in one buffer. Only `associatedData` is authenticated besides the
 * plaintext; a header counts when it is part of it.
 */
export function sealGcm(
  key: KeyObject,
  header: Uint8Array,
  nonce: Uint8Array,
  associatedData: Uint8Array,
  plaintext: Uint8Array,
): Buffer {
  const sealed = Buffer.allocUnsafe(header.length + GCM_OVERHEAD + plaintext.length);
  const cipher = createCipheriv(ALGORITHM, key, nonce, OPTIONS).setAAD(associatedData);
  sealed.set(header);
  sealed.set(nonce, header.length);
  // GCM holds nothing back, so `final` has no more bytes.
  sealed.set(cipher.update(plaintext), header.length + NONCE_LENGTH);
  cipher.final();
  sealed.set(cipher.getAuthTag(), sealed.length - TAG_LENGTH);
  return sealed;
}

/** Opens nonce, ciphertext and tag as {@link sealGcm} lays them out; `undefined` when they are not authentic. */
export function openGcm(key: KeyObject, sealed: Uint8Array, associatedData: Uint8Array): Buffer | undefined {
  if (sealed.length < GCM_OVERHEAD) return undefined;
  const tagAt = sealed.length - TAG_LENGTH;
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_LENGTH), OPTIONS)
    .setAAD(associatedData)
    .setAuthTag(sealed.subarray(tagAt));
  const plaintext = decipher.update(sealed.subarray(NONCE_LENGTH, tagAt));
  try {
    decipher.final();
    return plaintext;
  } catch {
    plaintext.fill(0);
    return undefined;
  }
}
