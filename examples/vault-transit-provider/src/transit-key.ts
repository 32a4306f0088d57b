import {
  type ClearCell,
  type EncryptionKey,
  type Opened,
  RekeyError,
  type SealedCell,
} from "@cassandra-rekey/core";
import type { BatchResult, TransitClient } from "./transit-client.ts";

/** What Vault begins every ciphertext of the transit engine with; the key's own version follows. */
const FORMAT = /^vault:v\d+:[A-Za-z0-9+/=]+$/;

/** A key of the transit engine. The plaintext goes to Vault and comes from there: no key is ever in this process. */
export class TransitKey implements EncryptionKey {
  readonly version: string;
  readonly authenticates = true;
  readonly writes = "ascii";
  readonly #client: TransitClient;
  readonly #batchSize: number;

  constructor(version: string, client: TransitClient, batchSize: number) {
    this.version = version;
    this.#client = client;
    this.#batchSize = batchSize;
  }

  /** A ciphertext tells that it is of some transit key, and not of which. */
  identify(ciphertext: Uint8Array): "foreign" | "unknown" {
    return textOf(ciphertext) === undefined ? "foreign" : "unknown";
  }

  async encrypt(batch: readonly ClearCell[], signal: AbortSignal): Promise<readonly Uint8Array[]> {
    const plaintexts = batch.map(({ plaintext }) => Buffer.from(plaintext).toString("base64"));
    const results = await this.#inBatches(plaintexts, (part) => this.#client.encrypt(part, signal), signal);
    return results.map(({ ciphertext }) => {
      if (typeof ciphertext === "string" && FORMAT.test(ciphertext)) return Buffer.from(ciphertext, "latin1");
      throw new RekeyError("KEY.REFUSED", `Vault did not encrypt a cell with key ${this.version}`);
    });
  }

  async decrypt(batch: readonly SealedCell[], signal: AbortSignal): Promise<readonly Opened[]> {
    const texts = batch.map(({ ciphertext }) => textOf(ciphertext));
    const asked = texts.filter((text) => text !== undefined);
    const results = await this.#inBatches(asked, (part) => this.#client.decrypt(part, signal), signal);
    let next = 0;
    return texts.map((text) =>
      text === undefined ? { refused: "not-this-format" } : this.#opened(results[next++]!),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #opened({ plaintext, error }: BatchResult): Opened {
    if (typeof plaintext === "string") return { plaintext: Buffer.from(plaintext, "base64") };
    if (/disallowed by policy/.test(error ?? "")) {
      throw new RekeyError(
        "KEY.REFUSED",
        `Vault refuses a version of key ${this.version} that cells are under`,
        {
          hint: "Lower the key's min_decryption_version until the rotation is done.",
        },
      );
    }
    return { refused: "not-authentic" };
  }

  async #inBatches(
    values: readonly string[],
    call: (part: readonly string[]) => Promise<readonly BatchResult[]>,
    signal: AbortSignal,
  ): Promise<readonly BatchResult[]> {
    signal.throwIfAborted();
    const results: BatchResult[] = [];
    for (let at = 0; at < values.length; at += this.#batchSize) {
      results.push(...(await call(values.slice(at, at + this.#batchSize))));
    }
    return results;
  }
}

function textOf(ciphertext: Uint8Array): string | undefined {
  const text = Buffer.from(ciphertext).toString("latin1");
  return FORMAT.test(text) ? text : undefined;
}
