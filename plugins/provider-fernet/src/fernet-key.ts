import {
  type ClearCell,
  type Clock,
  type EncryptionKey,
  type Opened,
  type Random,
  RekeyError,
  type SealedCell,
} from "@cassandra-rekey/core";
import { FernetRuns } from "./fernet-runs.ts";
import { FernetSecret } from "./fernet-secret.ts";
import { looksLikeToken, respelled } from "./fernet-token.ts";

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
  #runs: FernetRuns | undefined;

  /** `key`: the 32 bytes that {@link parseKey} gives. They are copied: the caller may wipe them. */
  constructor(key: Uint8Array, { version, clock, random }: FernetKeyParts) {
    this.version = version;
    this.#clock = clock;
    this.#random = random;
    this.#runs = new FernetRuns(new FernetSecret(key));
  }

  /** A token does not name its key, so only what cannot be a token is told apart here. */
  identify(ciphertext: Uint8Array): "foreign" | "unknown" {
    if (looksLikeToken(ciphertext)) return "unknown";
    const token = respelled(ciphertext);
    return token && looksLikeToken(token) ? "unknown" : "foreign";
  }

  async decrypt(batch: readonly SealedCell[], signal: AbortSignal): Promise<readonly Opened[]> {
    signal.throwIfAborted();
    return this.#live().open(batch);
  }

  async encrypt(batch: readonly ClearCell[], signal: AbortSignal): Promise<readonly Uint8Array[]> {
    signal.throwIfAborted();
    const seconds = BigInt(Math.floor(this.#clock.wallMs() / 1000));
    return this.#live().seal(batch, seconds, (length) => this.#random.bytes(length));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#runs?.wipe();
    this.#runs = undefined;
  }

  #live(): FernetRuns {
    if (this.#runs) return this.#runs;
    throw new RekeyError(
      "INTERNAL.INVARIANT",
      `Fernet key ${this.version} was used after it was disposed of`,
    );
  }
}
