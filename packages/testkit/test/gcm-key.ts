import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import type { CellContext, ClearCell, EncryptionKey, Opened, SealedCell } from "@cassandra-rekey/core";

const HEAD = Buffer.from("K1");

/** A small, sound provider: AES-256-GCM bound to the cell's table and column. Flawed ones override a part of it. */
export class GcmKey implements EncryptionKey {
  readonly version: string;
  readonly authenticates: boolean = true;
  readonly writes = "binary";
  readonly #secret: Buffer;

  constructor(passphrase: string, version: string) {
    this.version = version;
    this.#secret = createHash("sha256").update(passphrase).digest();
  }

  identify(ciphertext: Uint8Array): "mine" | "foreign" | "unknown" {
    return ciphertext.length >= 30 && HEAD.equals(ciphertext.subarray(0, 2)) ? "unknown" : "foreign";
  }

  async decrypt(batch: readonly SealedCell[], signal: AbortSignal): Promise<readonly Opened[]> {
    signal.throwIfAborted();
    return batch.map((cell) => this.open(cell));
  }

  async encrypt(batch: readonly ClearCell[], signal: AbortSignal): Promise<readonly Uint8Array[]> {
    signal.throwIfAborted();
    return batch.map((cell) => this.seal(cell));
  }

  open({ ciphertext, context }: SealedCell): Opened {
    if (this.identify(ciphertext) === "foreign") return { refused: "not-this-format" };
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.#secret, ciphertext.subarray(2, 14));
      decipher.setAAD(this.bound(context)).setAuthTag(ciphertext.subarray(14, 30));
      return { plaintext: Buffer.concat([decipher.update(ciphertext.subarray(30)), decipher.final()]) };
    } catch {
      return { refused: "not-authentic" };
    }
  }

  seal({ plaintext, context }: ClearCell): Uint8Array {
    const nonce = this.nonce(plaintext);
    const cipher = createCipheriv("aes-256-gcm", this.#secret, nonce).setAAD(this.bound(context));
    const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([HEAD, nonce, cipher.getAuthTag(), body]);
  }

  nonce(_plaintext: Uint8Array): Buffer {
    return randomBytes(12);
  }

  bound({ table, column }: CellContext): Buffer {
    return Buffer.from(JSON.stringify([table, column]));
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
