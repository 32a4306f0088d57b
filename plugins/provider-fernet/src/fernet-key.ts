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
  decodeToken,
  encodeToken,
  HMAC_LENGTH,
  IV_AT,
  IV_LENGTH,
  paddedLength,
  SHORTEST_TEXT,
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

  /** `key`: the 32 bytes that {@link parseKey} gives. They are copied: the caller may wipe them. */
  constructor(key: Uint8Array, { version, clock, random }: FernetKeyParts) {
    this.version = version;
    this.#clock = clock;
    this.#random = random;
    this.#secret = new FernetSecret(key);
  }

  /** A token does not name its key, so only what cannot be a token is told apart here. */
  identify(ciphertext: Uint8Array): "foreign" | "unknown" {
    // The version byte makes the first character "g", whatever the timestamp is.
    const shaped =
      ciphertext[0] === 0x67 && ciphertext.length >= SHORTEST_TEXT && ciphertext.length % 4 === 0;
    return shaped ? "unknown" : "foreign";
  }

  async decrypt(batch: readonly SealedCell[], signal: AbortSignal): Promise<readonly Opened[]> {
    signal.throwIfAborted();
    const secret = this.#live();
    const messages: Buffer[] = [];
    const results = batch.map(({ ciphertext }): Opened | Buffer => {
      const token = decodeToken(ciphertext);
      if (!token) return { refused: "not-this-format" };
      if (!secret.verify(token)) return { refused: "not-authentic" };
      const message = token.subarray(IV_AT, token.length - HMAC_LENGTH);
      messages.push(message);
      return message;
    });
    const clear = secret.decrypt(Buffer.concat(messages));
    let end = 0;
    return results.map((result) => {
      if (!Buffer.isBuffer(result)) return result;
      const start = end + IV_LENGTH;
      end += result.length;
      return opened(clear.subarray(start, end));
    });
  }

  async encrypt(batch: readonly ClearCell[], signal: AbortSignal): Promise<readonly Uint8Array[]> {
    signal.throwIfAborted();
    const secret = this.#live();
    const run = layOut(batch, this.#random.bytes(batch.length * IV_LENGTH));
    const sealed = secret.encrypt(run);
    run.fill(0);
    const seconds = BigInt(Math.floor(this.#clock.wallMs() / 1000));
    let end = 0;
    return batch.map(({ plaintext }) => {
      const start = end;
      end += IV_LENGTH + paddedLength(plaintext.length);
      const token = Buffer.allocUnsafe(IV_AT + end - start + HMAC_LENGTH);
      token[0] = VERSION;
      token.writeBigUInt64BE(seconds, TIMESTAMP_AT);
      sealed.copy(token, IV_AT, start, end);
      secret.sign(token);
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

/** All plaintexts in one run: each padded, with 16 of the random bytes before it. */
function layOut(batch: readonly ClearCell[], random: Uint8Array): Buffer {
  let length = 0;
  for (const { plaintext } of batch) length += IV_LENGTH + paddedLength(plaintext.length);
  const run = Buffer.allocUnsafe(length);
  let at = 0;
  batch.forEach(({ plaintext }, index) => {
    run.set(random.subarray(index * IV_LENGTH, (index + 1) * IV_LENGTH), at);
    at += IV_LENGTH;
    run.set(plaintext, at);
    const padded = paddedLength(plaintext.length);
    run.fill(padded - plaintext.length, at + plaintext.length, at + padded);
    at += padded;
  });
  return run;
}

function opened(padded: Buffer): Opened {
  const plaintext = unpad(padded);
  if (plaintext) return { plaintext };
  padded.fill(0);
  return { refused: "corrupt" };
}
