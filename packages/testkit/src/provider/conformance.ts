import type { CellContext, EncryptionKey } from "@cassandra-rekey/core";

/** The provider to be held to the contract. */
export interface ProviderConformance {
  readonly name: string;
  /** Opens the key once more. The suite disposes of what it opened. */
  readonly open: () => Promise<EncryptionKey>;
  /** Opens a key of the same provider with other key material and another version. */
  readonly openOther: () => Promise<EncryptionKey>;
  /**
   * The parts of its context that a cell is bound to; none when left out. The suite tries both sides: a cell must not
   * open where a bound part differs, and must open where any other does.
   */
  readonly binds?: readonly (keyof CellContext)[];
  /** Whether the same plaintext always gives the same ciphertext; `false` when left out. */
  readonly deterministic?: boolean;
  /** Texts that give the keys away, in each spelling in which they might be shown. */
  readonly secrets: readonly string[];
  /** Calls that must fail, such as opening a malformed key; their errors are searched for `secrets`. */
  readonly failures?: readonly (() => Promise<unknown>)[];
  /** The longest plaintext that is tried, bytes; 1 MiB when left out. */
  readonly longest?: number;
}
