import type { ClearCell, SealedCell } from "@cassandra-rekey/core";
import type { TableSettings } from "../config/settings.ts";
import { tableKeyring } from "../keyring/column-keyring.ts";
import type { Classified, Keyring } from "../keyring/keyring.ts";
import type { Keyrings } from "../keyring/keyrings.ts";

/** The keys of a table, with the keyrings that it and its columns name. */
export function tableKeys(keyrings: Keyrings, table: TableSettings): ColumnKeys {
  return new ColumnKeys(keyrings.of(tableKeyring(table)), keyrings.ofColumns(table));
}

/** The keys of one table: a keyring, and those of columns that have another. Opens and seals pages of mixed cells. */
export class ColumnKeys {
  readonly #keyring: Keyring;
  readonly #columns: ReadonlyMap<string, Keyring>;

  constructor(keyring: Keyring, columns: ReadonlyMap<string, Keyring> = new Map()) {
    this.#keyring = keyring;
    this.#columns = columns;
  }

  /** The version that the table's label speaks of, which is that of the columns under the table's own keyring. */
  get labelVersion(): string {
    return this.#keyring.target.version;
  }

  isLabelled(column: string): boolean {
    return this.#of(column) === this.#keyring;
  }

  targetVersion(column: string): string {
    return this.#of(column).target.version;
  }

  /** Opens a batch; results follow the cells. Plaintexts belong to the caller, who wipes them. */
  async classify(cells: readonly SealedCell[], signal: AbortSignal): Promise<readonly Classified[]> {
    if (this.#columns.size === 0) return this.#keyring.classify(cells, signal);
    const results: Classified[] = [];
    try {
      for (const { keyring, indexes } of this.#parts(cells)) {
        const batch = indexes.map((index) => cells[index]!);
        const classified = await keyring.classify(batch, signal);
        indexes.forEach((index, position) => {
          results[index] = classified[position]!;
        });
      }
    } catch (error) {
      // Sparse: what was not reached has nothing to wipe.
      results.forEach((result) => {
        if (result.under !== "unknown") result.plaintext.fill(0);
      });
      throw error;
    }
    return results;
  }

  /** Seals a batch under the targets of its columns; results follow the cells. */
  async seal(cells: readonly ClearCell[], signal: AbortSignal): Promise<readonly Uint8Array[]> {
    if (this.#columns.size === 0) return this.#keyring.seal(cells, signal);
    const results: Uint8Array[] = [];
    for (const { keyring, indexes } of this.#parts(cells)) {
      const batch = indexes.map((index) => cells[index]!);
      const sealed = await keyring.seal(batch, signal);
      indexes.forEach((index, position) => {
        results[index] = sealed[position]!;
      });
    }
    return results;
  }

  #of(column: string): Keyring {
    return this.#columns.get(column) ?? this.#keyring;
  }

  #parts(cells: readonly (SealedCell | ClearCell)[]) {
    const parts = new Map<Keyring, number[]>();
    cells.forEach(({ context }, index) => {
      const keyring = this.#of(context.column);
      const indexes = parts.get(keyring);
      if (indexes) indexes.push(index);
      else parts.set(keyring, [index]);
    });
    return [...parts].map(([keyring, indexes]) => ({ keyring, indexes }));
  }
}
