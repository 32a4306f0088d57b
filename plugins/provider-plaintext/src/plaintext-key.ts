import { isUtf8 } from "node:buffer";
import {
  type ClearCell,
  type EncryptionKey,
  type Opened,
  RekeyError,
  type SealedCell,
} from "@cassandra-rekey/core";
import { type NotPlaintext, notPlaintext, type PlaintextRules } from "./plaintext-rules.ts";

/**
 * Cells that were never encrypted, as a key that opens what looks like plaintext. It authenticates nothing, so the
 * engine asks it last; and it refuses whatever may be ciphertext of a key that the keyring lacks, because encrypting
 * that once more would lose it for good.
 */
export class PlaintextKey implements EncryptionKey {
  readonly version: string;
  readonly authenticates = false;
  readonly writes = "verbatim";
  readonly #notPlaintext: NotPlaintext;

  constructor(version: string, rules: PlaintextRules) {
    this.version = version;
    this.#notPlaintext = notPlaintext(rules);
  }

  identify(value: Uint8Array): "foreign" | "unknown" {
    return this.#notPlaintext(value) === undefined ? "unknown" : "foreign";
  }

  async decrypt(batch: readonly SealedCell[], signal: AbortSignal): Promise<readonly Opened[]> {
    signal.throwIfAborted();
    return batch.map(({ ciphertext }): Opened => {
      if (this.#notPlaintext(ciphertext) !== undefined) return { refused: "not-this-format" };
      // A copy: the engine wipes plaintexts.
      return { plaintext: Uint8Array.from(ciphertext) };
    });
  }

  /**
   * Copies. Throws `KEY.REFUSED` for a plaintext that would be taken for ciphertext once it stands in the table: the
   * next sweep could not tell what it is, and with the old key in the keyring might decrypt it once more.
   */
  async encrypt(batch: readonly ClearCell[], signal: AbortSignal): Promise<readonly Uint8Array[]> {
    signal.throwIfAborted();
    return batch.map(({ plaintext, form, context }) => {
      const why =
        form === "text" && !isUtf8(plaintext)
          ? "it is not UTF-8 text, which a text column needs"
          : this.#notPlaintext(plaintext);
      if (why === undefined) return Uint8Array.from(plaintext);
      const { keyspace, table, column } = context;
      throw new RekeyError(
        "KEY.REFUSED",
        `a cell of ${keyspace}.${table}.${column} cannot become plaintext: ${why}`,
        {
          hint: "If such values are plaintext there, say so in the options of the plaintext key (utf8, encoded, accept).",
        },
      );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
