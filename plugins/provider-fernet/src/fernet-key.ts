import { timingSafeEqual } from "node:crypto";
import {
  type ClearCell,
  type Clock,
  type EncryptionKey,
  type Opened,
  type Random,
  RekeyError,
  type SealedCell,
} from "@cassandra-rekey/core";
import { FernetSecret } from "./fernet-secret.ts";
import {
  CIPHERTEXT_AT,
  decodeToken,
  encodeToken,
  HMAC_LENGTH,
  IV_AT,
  TIMESTAMP_AT,
  unpad,
  VERSION,
} from "./fernet-token.ts";

/** What a Fernet key is made of besides its bytes. */
export interface FernetKeyParts {
  readonly version: string;
  readonly clock: Pick<Clock, "wallMs">;
  readonly random: Pick<Random, "bytes">;
}

/**
 * A Fernet key over batches of cells. Tokens carry the time at which they were made; no age limit is enforced,
 * because a rotation meets tokens of any age.
 */
export class FernetKey implements EncryptionKey {
  readonly version: string;
  readonly authenticates = true;
  readonly writes = "ascii";
  readonly #clock: Pick<Clock, "wallMs">;
  readonly #random: Pick<Random, "bytes">;
  #secret: FernetSecret | undefined;

  /** `key`: the 32 bytes that {@link parseKey} gives. */
  constructor(key: Uint8Array, { version, clock, random }: FernetKeyParts) {
    this.version = version;
    this.#clock = clock;
    this.#random = random;
    this.#secret = new FernetSecret(key);
  }

  identify(ciphertext: Uint8Array): "foreign" | "unknown" {
    // Every token begins with the version byte and four zero bytes of the timestamp, which is "gAAAAA" in base64
    // until the year 2106; only what cannot be a token at all is called foreign here.
    return ciphertext[0] === 0x67 && ciphertext.length >= 100 && ciphertext.length % 4 === 0
      ? "unknown"
      : "foreign";
  }

  async decrypt(batch: readonly SealedCell[], signal: AbortSignal): Promise<readonly Opened[]> {
    signal.throwIfAborted();
    const secret = this.#live();
    const results: Opened[] = new Array(batch.length);
    const indexes: number[] = [];
    const bodies: Buffer[] = [];
    const ivs: Buffer[] = [];
    batch.forEach((cell, index) => {
      const token = decodeToken(cell.ciphertext);
      if (!token) {
        results[index] = { refused: "not-this-format" };
        return;
      }
      const end = token.length - HMAC_LENGTH;
      if (!timingSafeEqual(secret.sign(token.subarray(0, end)), token.subarray(end))) {
        results[index] = { refused: "not-authentic" };
        return;
      }
      indexes.push(index);
      ivs.push(token.subarray(IV_AT, CIPHERTEXT_AT));
      bodies.push(token.subarray(CIPHERTEXT_AT, end));
    });
    if (bodies.length === 0) return results;
    secret.decryptCbc(bodies, ivs).forEach((clear, position) => {
      const plaintext = unpad(clear);
      results[indexes[position]!] = plaintext ? { plaintext } : { refused: "corrupt" };
    });
    return results;
  }

  async encrypt(batch: readonly ClearCell[], signal: AbortSignal): Promise<readonly Uint8Array[]> {
    signal.throwIfAborted();
    const secret = this.#live();
    const seconds = BigInt(Math.floor(this.#clock.wallMs() / 1000));
    const random = this.#random.bytes(batch.length * 16);
    const tokens = batch.map((cell, index) =>
      layOut(cell.plaintext, seconds, random.subarray(index * 16, index * 16 + 16)),
    );
    secret.encryptCbc(
      tokens.map((token) => token.subarray(CIPHERTEXT_AT, token.length - HMAC_LENGTH)),
      tokens.map((token) => token.subarray(IV_AT, CIPHERTEXT_AT)),
    );
    return tokens.map((token) => {
      const end = token.length - HMAC_LENGTH;
      token.set(secret.sign(token.subarray(0, end)), end);
      return encodeToken(token);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#secret?.wipe();
    this.#secret = undefined;
  }

  #live(): FernetSecret {
    if (this.#secret) return this.#secret;
    throw new RekeyError(
      "INTERNAL.INVARIANT",
      `Fernet key ${this.version} was used after it was disposed of`,
    );
  }
}

/** A token with everything but its signature; the plaintext, padded, waits to be encrypted in place. */
function layOut(plaintext: Uint8Array, seconds: bigint, iv: Uint8Array): Buffer {
  const padded = plaintext.length + 16 - (plaintext.length % 16);
  const token = Buffer.allocUnsafe(CIPHERTEXT_AT + padded + HMAC_LENGTH);
  token[0] = VERSION;
  token.writeBigUInt64BE(seconds, TIMESTAMP_AT);
  token.set(iv, IV_AT);
  token.set(plaintext, CIPHERTEXT_AT);
  token.fill(padded - plaintext.length, CIPHERTEXT_AT + plaintext.length, CIPHERTEXT_AT + padded);
  return token;
}
