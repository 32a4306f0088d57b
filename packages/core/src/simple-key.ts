import type { EncryptionKey } from "./encryption-key.ts";

/** A pair of functions over one value, for {@link simpleKey}. */
export interface SimpleKeyParts {
  readonly version: string;
  /** Returns the plaintext, or `undefined` when this key does not open the value. */
  readonly decrypt: (ciphertext: Uint8Array) => Uint8Array | undefined | Promise<Uint8Array | undefined>;
  readonly encrypt: (plaintext: Uint8Array) => Uint8Array | Promise<Uint8Array>;
  /** False when `decrypt` opens anything. Default true. */
  readonly authenticates?: boolean;
  /** Default `"binary"`. */
  readonly writes?: "ascii" | "binary";
}

/**
 * Lifts a pair of one-value functions to an {@link EncryptionKey}: the smallest third-party provider.
 * A function that throws rejects the whole batch; a value that the key does not open is `undefined`.
 */
export function simpleKey(parts: SimpleKeyParts): EncryptionKey {
  return {
    version: parts.version,
    authenticates: parts.authenticates ?? true,
    writes: parts.writes ?? "binary",
    decrypt: (batch, signal) =>
      Promise.all(
        batch.map(async (cell) => {
          signal.throwIfAborted();
          const plaintext = await parts.decrypt(cell.ciphertext);
          return plaintext ? { plaintext } : { refused: "not-authentic" as const };
        }),
      ),
    encrypt: (batch, signal) =>
      Promise.all(
        batch.map(async (cell) => {
          signal.throwIfAborted();
          return parts.encrypt(cell.plaintext);
        }),
      ),
    async [Symbol.asyncDispose]() {},
  };
}
