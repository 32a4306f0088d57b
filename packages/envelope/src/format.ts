import type { Refusal } from "@cassandra-rekey/core";

/** The most bytes of a wrapped key that any format takes. */
export const LONGEST_WRAPPED = 8192;

/** A ciphertext taken apart, by views on it. */
export interface SealedParts {
  /** All that comes before the nonce. */
  readonly header: Uint8Array;
  readonly wrapped: Uint8Array;
  /** Nonce, AES-256-GCM ciphertext, tag. */
  readonly body: Uint8Array;
}

/** How a ciphertext is laid out: a header with the wrapped data key, then nonce, AES-256-GCM ciphertext and tag. */
export interface EnvelopeFormat {
  /** Whether the header is part of the associated data. */
  readonly authenticatesHeader: boolean;
  /** What is said of a cell whose data key was unwrapped and whose tag does not match. */
  readonly tagMismatch: Refusal;
  identify(ciphertext: Uint8Array): "mine" | "foreign" | "unknown";
  /** Never throws, whatever the bytes are. */
  parse(ciphertext: Uint8Array): SealedParts | { readonly refused: Refusal };
  header(wrapped: Uint8Array): Uint8Array;
}
