import { hash } from "node:crypto";
import type { Refusal } from "@cassandra-rekey/core";
import { type EnvelopeFormat, LONGEST_WRAPPED, type SealedParts } from "./format.ts";
import { GCM_OVERHEAD } from "./gcm.ts";
import { KIND, KIND_AT, MAGIC, startsWithMagic } from "./magic.ts";

/** Layout of the header, bytes: magic, kind, key id hash, length of the wrapped key, wrapped key. */
const HASH_AT = KIND_AT + 1;
const HASH_LENGTH = 8;
const LENGTH_AT = HASH_AT + HASH_LENGTH;
const WRAPPED_AT = LENGTH_AT + 2;

/**
 * The format of our own, `docs/formats/envelope.md`. The header names the key by a hash, so that a keyring of many
 * keys asks no key service about the cells of others.
 */
export class OwnFormat implements EnvelopeFormat {
  readonly authenticatesHeader = true;
  /** The header names this key and its binding, and the data key was its own: no other key can open the rest. */
  readonly tagMismatch: Refusal = "corrupt";
  readonly #written: Uint8Array;
  readonly #known: ReadonlySet<string>;

  /** Cells are written under the first of the identities and read under each. */
  constructor(identities: readonly [Uint8Array, ...Uint8Array[]]) {
    this.#written = hashOf(identities[0]);
    this.#known = new Set(identities.map((identity) => spelled(hashOf(identity))));
  }

  identify(ciphertext: Uint8Array): "mine" | "foreign" {
    const ours = startsWithMagic(ciphertext) && ciphertext[KIND_AT] === KIND.envelope;
    return ours && this.#known.has(spelled(ciphertext.subarray(HASH_AT, LENGTH_AT))) ? "mine" : "foreign";
  }

  parse(ciphertext: Uint8Array): SealedParts | { readonly refused: Refusal } {
    if (!startsWithMagic(ciphertext) || ciphertext[KIND_AT] !== KIND.envelope)
      return { refused: "not-this-format" };
    if (this.identify(ciphertext) === "foreign") return { refused: "not-authentic" };
    if (ciphertext.length < WRAPPED_AT) return { refused: "corrupt" };
    const length = (ciphertext[LENGTH_AT]! << 8) | ciphertext[LENGTH_AT + 1]!;
    const bodyAt = WRAPPED_AT + length;
    if (length < 1 || length > LONGEST_WRAPPED || ciphertext.length < bodyAt + GCM_OVERHEAD)
      return { refused: "corrupt" };
    return {
      header: ciphertext.subarray(0, bodyAt),
      wrapped: ciphertext.subarray(WRAPPED_AT, bodyAt),
      body: ciphertext.subarray(bodyAt),
    };
  }

  header(wrapped: Uint8Array): Uint8Array {
    const header = Buffer.alloc(WRAPPED_AT + wrapped.length);
    header.set(MAGIC);
    header[KIND_AT] = KIND.envelope;
    header.set(this.#written, HASH_AT);
    header.writeUInt16BE(wrapped.length, LENGTH_AT);
    header.set(wrapped, WRAPPED_AT);
    return header;
  }
}

function hashOf(identity: Uint8Array): Uint8Array {
  return hash("sha256", identity, "buffer").subarray(0, HASH_LENGTH);
}

function spelled(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
