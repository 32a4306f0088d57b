/** How a column holds its bytes: `text`, `ascii` and `varchar` columns are `"text"`, `blob` columns `"binary"`. */
export type CellForm = "text" | "binary";

/**
 * Where a cell stands, for keys that bind associated data to it.
 * `primaryKey` holds the raw CQL bytes of the key columns in schema order, partition key first; a static cell belongs
 * to its partition, and has the partition key alone.
 */
export interface CellContext {
  readonly keyspace: string;
  readonly table: string;
  readonly column: string;
  readonly primaryKey: readonly Uint8Array[];
}

/** A cell as it was read: the bytes stored in the table. */
export interface SealedCell {
  readonly ciphertext: Uint8Array;
  readonly form: CellForm;
  readonly context: CellContext;
}

/** A cell to be encrypted. The engine owns `plaintext` and wipes it after the page is written. */
export interface ClearCell {
  readonly plaintext: Uint8Array;
  readonly form: CellForm;
  readonly context: CellContext;
}

/**
 * Why a key did not open a cell.
 * Only `"corrupt"` is conclusive (the header names this key and the rest fails); after the others the next
 * key of the keyring is tried.
 */
export type Refusal = "not-this-format" | "not-authentic" | "corrupt";

/** What a key made of one cell. The plaintext has memory of its own: the engine wipes it after the page is written. */
export type Opened = { readonly plaintext: Uint8Array } | { readonly refused: Refusal };
