import type { Refusal } from "@cassandra-rekey/core";
import { type EnvelopeFormat, LONGEST_WRAPPED, type SealedParts } from "./format.ts";
import { GCM_OVERHEAD } from "./gcm.ts";

const WRAPPED_AT = 4;

/** Whether bytes could be of the Python tool's AWS KMS format. It has no magic, so a chance match is possible. */
export function looksLikeReference(bytes: Uint8Array): boolean {
  return bodyAt(bytes) !== undefined;
}

/** The Python tool's AWS KMS format: wrapped key length (4 bytes, big-endian), wrapped key, nonce, ciphertext and tag. */
export const referenceFormat: EnvelopeFormat = {
  authenticatesHeader: false,
  tagMismatch: "not-authentic",
  identify: (ciphertext) => (bodyAt(ciphertext) === undefined ? "foreign" : "unknown"),
  parse(ciphertext): SealedParts | { readonly refused: Refusal } {
    const at = bodyAt(ciphertext);
    if (at === undefined) return { refused: "not-this-format" };
    return {
      header: ciphertext.subarray(0, at),
      wrapped: ciphertext.subarray(WRAPPED_AT, at),
      body: ciphertext.subarray(at),
    };
  },
  header(wrapped) {
    const header = Buffer.allocUnsafe(WRAPPED_AT + wrapped.length);
    header.writeUInt32BE(wrapped.length);
    header.set(wrapped, WRAPPED_AT);
    return header;
  },
};

/** Where the nonce starts, when the lengths fit. */
function bodyAt(bytes: Uint8Array): number | undefined {
  if (bytes.length < WRAPPED_AT + 1 + GCM_OVERHEAD) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset, WRAPPED_AT).getUint32(0);
  const at = WRAPPED_AT + length;
  return length >= 1 && length <= LONGEST_WRAPPED && bytes.length >= at + GCM_OVERHEAD ? at : undefined;
}
