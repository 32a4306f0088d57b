import { readLeaves, replaceLeaves } from "@cassandra-rekey/cassandra";
import type { CellContext, Row, SealedCell, TableShape } from "@cassandra-rekey/core";

/** Where a ciphertext of a page stands: in a cell, or in one of the leaves of a frozen value. */
export interface Slot {
  readonly row: number;
  readonly column: number;
  /** Its place among the leaves of the value, in the order in which that holds them. */
  readonly leaf?: number;
  /** The column, and the place inside: `email`, `profile.contacts[*].phone`. */
  readonly place: string;
}

/** A cell whose value is not laid out as its type says. */
export interface UnreadableCell {
  readonly slot: Slot;
  readonly reason: string;
}

/** The ciphertexts of a page. */
export interface PageSlots {
  readonly slots: readonly Slot[];
  /** Follow `slots`. */
  readonly sealed: readonly SealedCell[];
  readonly unreadable: readonly UnreadableCell[];
}

/** Finds the ciphertexts of a page's rows. */
export function pageSlots(table: TableShape, rows: readonly Row[]): PageSlots {
  const slots: Slot[] = [];
  const sealed: SealedCell[] = [];
  const unreadable: UnreadableCell[] = [];
  const { keyspace, name, columns } = table;
  rows.forEach((row, rowIndex) => {
    columns.forEach((column, columnIndex) => {
      const cell = row.cells[columnIndex];
      if (!cell) return;
      const context: CellContext = { keyspace, table: name, column: column.name, primaryKey: row.key };
      const slot: Slot = { row: rowIndex, column: columnIndex, place: column.name };
      if (!column.leaves) {
        slots.push(slot);
        sealed.push({ ciphertext: cell.value, form: column.form, context });
        return;
      }
      try {
        readLeaves(column.leaves, cell.value).forEach(({ leaf, bytes }, index) => {
          slots.push({ ...slot, leaf: index, place: placeOf(column.name, leaf.path) });
          sealed.push({ ciphertext: bytes, form: leaf.form, context });
        });
      } catch (error) {
        unreadable.push({ slot, reason: reasonOf(error) });
      }
    });
  });
  return { slots, sealed, unreadable };
}

/** Puts a page's new ciphertexts together by cell: a frozen value is written as a whole, with its other parts as they were. */
export function freshCells(
  table: TableShape,
  rows: readonly Row[],
  slots: readonly Slot[],
  fresh: readonly Uint8Array[],
): {
  readonly cells: readonly { slot: Slot; value: Uint8Array }[];
  readonly unreadable: readonly UnreadableCell[];
} {
  const cells: { slot: Slot; value: Uint8Array }[] = [];
  const unreadable: UnreadableCell[] = [];
  const values = new Map<string, { slot: Slot; leaves: Uint8Array[] }>();
  slots.forEach((slot, index) => {
    if (slot.leaf === undefined) {
      cells.push({ slot, value: fresh[index]! });
      return;
    }
    const id = `${slot.row}/${slot.column}`;
    const value = values.get(id) ?? { slot, leaves: [] };
    value.leaves[slot.leaf] = fresh[index]!;
    values.set(id, value);
  });
  for (const { slot, leaves } of values.values()) {
    try {
      const before = rows[slot.row]!.cells[slot.column]!.value;
      cells.push({ slot, value: replaceLeaves(table.columns[slot.column]!.leaves!, before, leaves) });
    } catch (error) {
      unreadable.push({ slot, reason: reasonOf(error) });
    }
  }
  return { cells, unreadable };
}

function placeOf(column: string, path: string): string {
  return path.startsWith("[") ? `${column}${path}` : `${column}.${path}`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : "its value cannot be read";
}
