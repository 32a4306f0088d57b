import {
  type CellContext,
  type EncryptionKey,
  type Opened,
  RekeyError,
  type SealedCell,
} from "@cassandra-rekey/core";
import {
  BindingTemplate,
  DataKeyOpener,
  type DataKeyOpenerParts,
  type KeyContextTemplates,
} from "@cassandra-rekey/envelope";
import { stableName } from "./key-name.ts";
import { looksLikeMessage, type MessageReader, openMessageReader } from "./message-reader.ts";

/** What {@link openMessageKey} makes a key of. */
export interface MessageKeyParts extends DataKeyOpenerParts {
  readonly arn: string;
  /** What a message's encryption context must hold; it may hold more. */
  readonly encryptionContext: KeyContextTemplates | undefined;
}

/** A key that reads messages of the AWS Encryption SDK, by its own JavaScript library. Imports it when called. */
export async function openMessageKey(parts: MessageKeyParts): Promise<EncryptionKey> {
  return new MessageKey(parts, await openMessageReader(stableName(parts.arn)));
}

/** The library is slow: more messages at once would keep the answers of KMS waiting past their deadline. */
const SIDE_BY_SIDE = 16;

class MessageKey implements EncryptionKey {
  readonly version: string;
  readonly authenticates = true;
  readonly writes = "binary";
  readonly #reader: MessageReader;
  readonly #opener: DataKeyOpener;
  readonly #required: readonly (readonly [name: string, template: BindingTemplate])[];
  readonly #life = new AbortController();

  constructor(parts: MessageKeyParts, reader: MessageReader) {
    this.version = parts.version;
    this.#reader = reader;
    this.#opener = new DataKeyOpener(parts);
    this.#required = Object.entries(parts.encryptionContext ?? {}).map(
      ([name, text]) => [name, new BindingTemplate(text)] as const,
    );
  }

  /** A message names its key in a way that only its library takes apart. */
  identify(ciphertext: Uint8Array): "foreign" | "unknown" {
    return looksLikeMessage(ciphertext) ? "unknown" : "foreign";
  }

  async decrypt(batch: readonly SealedCell[], signal: AbortSignal): Promise<readonly Opened[]> {
    const together = new AbortController();
    const limited = AbortSignal.any([signal, this.#life.signal, together.signal]);
    limited.throwIfAborted();
    const opened: Opened[] = [];
    const cells = batch.entries();
    const work = async () => {
      for (const [index, cell] of cells) opened[index] = await this.#open(cell, limited);
    };
    try {
      await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
      return opened;
    } finally {
      together.abort();
    }
  }

  async encrypt(): Promise<never> {
    throw new RekeyError(
      "CONFIG.INVALID",
      `key ${this.version} only reads messages of the AWS Encryption SDK`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#life.signal.aborted) return;
    this.#life.abort(
      new RekeyError("INTERNAL.INVARIANT", `key ${this.version} was used after it was disposed of`),
    );
    await this.#opener[Symbol.asyncDispose]();
  }

  async #open({ ciphertext, context }: SealedCell, signal: AbortSignal): Promise<Opened> {
    if (!looksLikeMessage(ciphertext)) return { refused: "not-this-format" };
    const opened = await this.#reader(ciphertext, (wrapped, bound) =>
      this.#holds(bound, context) ? this.#opener.open(wrapped, bound, signal) : undefined,
    );
    signal.throwIfAborted();
    return opened;
  }

  #holds(bound: Readonly<Record<string, string>>, context: CellContext): boolean {
    return this.#required.every(([name, template]) => bound[name] === template.resolve(context));
  }
}
