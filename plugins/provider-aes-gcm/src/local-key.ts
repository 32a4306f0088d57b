import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import {
  type CellContext,
  type ClearCell,
  type EncryptionKey,
  type Opened,
  type Random,
  RekeyError,
  type SealedCell,
} from "@cassandra-rekey/core";
import {
  BindingTemplate,
  KIND,
  KIND_AT,
  MAGIC,
  openGcm,
  sealGcm,
  startsWithMagic,
} from "@cassandra-rekey/envelope";
import { SIV_KEY_LENGTH, SivCipher } from "./siv.ts";

/** `gcm`: randomised; `siv`: equal plaintexts of a column have equal ciphertexts. */
export type Mode = "gcm" | "siv";

/** What a local key is made of besides its bytes. */
export interface LocalKeyParts {
  readonly version: string;
  readonly mode: Mode;
  /** What cells are bound to, as a {@link BindingTemplate}; nothing when left out. */
  readonly associatedData?: string | undefined;
  readonly random: Pick<Random, "bytes">;
}

/** Bytes of a key, by mode. */
export const KEY_LENGTH: Readonly<Record<Mode, number>> = { gcm: 32, siv: SIV_KEY_LENGTH };

const ID_LENGTH = 8;
const HEADER_LENGTH = KIND_AT + 1 + ID_LENGTH;
const NONCE_LENGTH = 12;

/** A key that is held in this process. Cells begin with its id, so that keys are told apart without trying them. */
export class LocalKey implements EncryptionKey {
  readonly version: string;
  readonly authenticates = true;
  readonly writes = "binary";
  readonly #header: Buffer;
  readonly #template: BindingTemplate | undefined;
  readonly #random: Pick<Random, "bytes">;
  #cipher: KeyObject | SivCipher | undefined;

  /** `key` is as long as {@link KEY_LENGTH} says. It is copied: the caller may wipe it. Throws `CONFIG.INVALID`. */
  constructor(key: Uint8Array, { version, mode, associatedData, random }: LocalKeyParts) {
    this.version = version;
    this.#template = associatedData ? new BindingTemplate(associatedData) : undefined;
    this.#random = random;
    const kind = mode === "siv" ? KIND.localSiv : KIND.localGcm;
    this.#header = Buffer.concat([MAGIC, Buffer.of(kind), keyId(key, associatedData ?? "")]);
    this.#cipher = mode === "siv" ? new SivCipher(key) : createSecretKey(key);
  }

  identify(ciphertext: Uint8Array): "mine" | "foreign" {
    return this.#header.equals(ciphertext.subarray(0, HEADER_LENGTH)) ? "mine" : "foreign";
  }

  async decrypt(batch: readonly SealedCell[], signal: AbortSignal): Promise<readonly Opened[]> {
    signal.throwIfAborted();
    const cipher = this.#live();
    return batch.map(({ ciphertext, context }): Opened => {
      if (!startsWithMagic(ciphertext) || ciphertext[KIND_AT] !== this.#header[KIND_AT])
        return { refused: "not-this-format" };
      if (this.identify(ciphertext) === "foreign") return { refused: "not-authentic" };
      const sealed = ciphertext.subarray(HEADER_LENGTH);
      const covered = this.#covered(context);
      const plaintext =
        cipher instanceof SivCipher ? cipher.open([covered], sealed) : openGcm(cipher, sealed, covered);
      // The id comes from the key itself, so no other key can open it.
      return plaintext ? { plaintext } : { refused: "corrupt" };
    });
  }

  async encrypt(batch: readonly ClearCell[], signal: AbortSignal): Promise<readonly Uint8Array[]> {
    signal.throwIfAborted();
    const cipher = this.#live();
    if (cipher instanceof SivCipher)
      return batch.map(({ plaintext, context }) =>
        Buffer.concat([this.#header, cipher.seal([this.#covered(context)], plaintext)]),
      );
    const nonces = this.#random.bytes(batch.length * NONCE_LENGTH);
    return batch.map(({ plaintext, context }, index) => {
      const nonce = nonces.subarray(index * NONCE_LENGTH, (index + 1) * NONCE_LENGTH);
      return sealGcm(cipher, this.#header, nonce, this.#covered(context), plaintext);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#cipher instanceof SivCipher) this.#cipher.wipe();
    this.#cipher = undefined;
  }

  #covered(context: CellContext): Buffer {
    return this.#template
      ? Buffer.concat([this.#header, this.#template.associatedData(context)])
      : this.#header;
  }

  #live(): KeyObject | SivCipher {
    if (this.#cipher) return this.#cipher;
    throw new RekeyError("INTERNAL.INVARIANT", `AES key ${this.version} was used after it was disposed of`);
  }
}

/** Names a key without giving it away, and differs for each template: `docs/formats/local-keyset.md`. */
function keyId(key: Uint8Array, template: string): Buffer {
  const named = createHmac("sha256", createSecretKey(key));
  return named.update(`cassandra-rekey local key id\0${template}`).digest().subarray(0, ID_LENGTH);
}
