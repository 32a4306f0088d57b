import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import type { DataKeyMaterial, KeyContextValues, KeyWrapper, Unwrapped } from "../src/index.ts";

type Call = "generate" | "unwrap";

/** A key service in memory. `before` runs inside each call: to count, to hold back, to fail. */
export class MemoryWrapper implements KeyWrapper {
  readonly calls: Call[] = [];
  /** The raw data keys that were handed out. */
  readonly handedOut: Uint8Array[] = [];
  before: (call: Call, signal: AbortSignal) => Promise<void> = async () => {};
  disposals = 0;
  readonly #master: Buffer;

  constructor(name = "master") {
    this.#master = createHash("sha256").update(name).digest();
  }

  get generated(): number {
    return this.calls.filter((call) => call === "generate").length;
  }

  get unwrapped(): number {
    return this.calls.filter((call) => call === "unwrap").length;
  }

  async generate(context: KeyContextValues, signal: AbortSignal): Promise<DataKeyMaterial> {
    await this.#begin("generate", signal);
    const plaintext = randomBytes(32);
    this.handedOut.push(plaintext);
    return { plaintext, wrapped: this.wrap(plaintext, context) };
  }

  async unwrap(wrapped: Uint8Array, context: KeyContextValues, signal: AbortSignal): Promise<Unwrapped> {
    await this.#begin("unwrap", signal);
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.#master, wrapped.subarray(0, 12));
      decipher.setAAD(Buffer.from(JSON.stringify(context))).setAuthTag(wrapped.subarray(12, 28));
      const plaintext = Buffer.concat([decipher.update(wrapped.subarray(28)), decipher.final()]);
      this.handedOut.push(plaintext);
      return { plaintext };
    } catch {
      return { refused: "not-authentic" };
    }
  }

  wrap(dataKey: Uint8Array, context: KeyContextValues = {}): Buffer {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.#master, nonce);
    cipher.setAAD(Buffer.from(JSON.stringify(context)));
    const body = Buffer.concat([cipher.update(dataKey), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposals += 1;
  }

  async #begin(call: Call, signal: AbortSignal): Promise<void> {
    this.calls.push(call);
    await this.before(call, signal);
    signal.throwIfAborted();
  }
}
