import { collectionOf, readLeaves, replaceLeaves } from "@cassandra-rekey/cassandra";
import type {
  Cell,
  CellContext,
  CellPart,
  ElementCell,
  Row,
  SealedCell,
  TableShape,
} from "@cassandra-rekey/core";

/** Where a ciphertext of a page stands: in a cell, or in one of the leaves of a frozen value. */
export interface Slot {
  readonly row: number;
  readonly column: number;
  /** Its place among the row's elements, where the column is a collection that is not frozen. */
  readonly element?: number;
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

/** The cell in which a slot is. */
export function cellAt(rows: readonly Row[], { row, column, element }: Slot): Cell {
  const { cells, elements } = rows[row]!;
  return element === undefined ? cells[column]! : elements![element]!;
}

/** Which part of its column the cell of a slot is; `undefined` for all of it. */
export function partAt(table: TableShape, rows: readonly Row[], slot: Slot): CellPart | undefined {
  const { part } = table.columns[slot.column]!;
  if (typeof part !== "string") return part;
  const { key } = rows[slot.row]!.elements![slot.element!]!;
  if (part === "map-values") return { key };
  return part === "list-elements" ? { position: Buffer.from(key).readInt32BE() } : { element: key };
}

/** What a compare-and-set of a slot's cell expects to find: the cell as it was read, or all of its list or set. */
export function expectedAt(table: TableShape, rows: readonly Row[], slot: Slot): Uint8Array {
  const { part } = table.columns[slot.column]!;
  if (part !== "list-elements" && part !== "set-elements") return cellAt(rows, slot).value;
  return collectionOf(elementsOf(rows[slot.row]!, slot.column).map(({ value }) => value));
}

/**
 * Elements of a list that are rewritten at most. For each one set by position the server goes through the whole list:
 * 1,000 took it half a second on two busy cores, 4,000 three seconds, 40,000 most of a minute.
 */
const MOST_ELEMENTS = 1_000;

/** The lists of a page, as `row/column`, that are too long to be rewritten. */
export function tooLongLists(table: TableShape, rows: readonly Row[]): ReadonlySet<string> {
  const found = new Set<string>();
  table.columns.forEach(({ part }, column) => {
    if (part !== "list-elements") return;
    rows.forEach((row, index) => {
      if (elementsOf(row, column).length > MOST_ELEMENTS) found.add(`${index}/${column}`);
    });
  });
  return found;
}

function elementsOf(row: Row, column: number): readonly ElementCell[] {
  return (row.elements ?? []).filter((cell) => cell.column === column);
}

/** Tells the cells of a page apart. */
export function cellId({ row, column, element }: Slot): string {
  return `${row}/${column}/${element ?? ""}`;
}

/** Finds the ciphertexts of a page's rows. */
export function pageSlots(table: TableShape, rows: readonly Row[]): PageSlots {
  const slots: Slot[] = [];
  const sealed: SealedCell[] = [];
  const unreadable: UnreadableCell[] = [];
  const { keyspace, name, columns } = table;
  const look = (row: Row, slot: Slot, { value }: Cell) => {
    const column = columns[slot.column]!;
    const context: CellContext = { keyspace, table: name, column: column.name, primaryKey: row.key };
    if (!column.leaves) {
      slots.push(slot);
      sealed.push({ ciphertext: value, form: column.form, context });
      return;
    }
    try {
      readLeaves(column.leaves, value).forEach(({ leaf, bytes }, index) => {
        slots.push({ ...slot, leaf: index, place: placeOf(column.name, leaf.path) });
        sealed.push({ ciphertext: bytes, form: leaf.form, context });
      });
    } catch (error) {
      unreadable.push({ slot, reason: reasonOf(error) });
    }
  };
  rows.forEach((row, rowIndex) => {
    columns.forEach((column, index) => {
      const cell = row.cells[index];
      if (cell) look(row, { row: rowIndex, column: index, place: column.name }, cell);
    });
    row.elements?.forEach((cell, element) => {
      const place = columns[cell.column]!.name;
      look(row, { row: rowIndex, column: cell.column, element, place }, cell);
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
    const id = cellId(slot);
    const value = values.get(id) ?? { slot, leaves: [] };
    value.leaves[slot.leaf] = fresh[index]!;
    values.set(id, value);
  });
  for (const { slot, leaves } of values.values()) {
    try {
      const before = cellAt(rows, slot).value;
      cells.push({ slot, value: replaceLeaves(table.columns[slot.column]!.leaves!, before, leaves) });
    } catch (error) {
      unreadable.push({ slot, reason: reasonOf(error) });
    }
  }
  const twins = twinsAmong(table, rows, cells);
  if (twins.length === 0) return { cells, unreadable };
  return {
    cells: cells.filter((cell) => !twins.includes(cell)),
    unreadable: [...unreadable, ...twins.map(twinOf)],
  };
}

/** New elements of a set that are the same as another of it: the set would be left with one of the two. */
function twinsAmong(
  table: TableShape,
  rows: readonly Row[],
  cells: readonly { slot: Slot; value: Uint8Array }[],
): readonly { slot: Slot; value: Uint8Array }[] {
  if (!table.columns.some(({ part }) => part === "set-elements")) return [];
  const inSets = cells.filter(({ slot }) => table.columns[slot.column]!.part === "set-elements");
  const sets = Map.groupBy(inSets, ({ slot }) => `${slot.row}/${slot.column}`);
  return [...sets.values()].flatMap((fresh) => {
    const { row, column } = fresh[0]!.slot;
    const there = elementsOf(rows[row]!, column).map(({ value }) => Buffer.from(value).toString("base64"));
    const seen = new Set(there);
    return fresh.filter(({ value }) => {
      const text = Buffer.from(value).toString("base64");
      if (seen.has(text)) return true;
      seen.add(text);
      return false;
    });
  });
}

function twinOf({ slot }: { readonly slot: Slot }): UnreadableCell {
  return { slot, reason: "two elements of a set became the same ciphertext" };
}

function placeOf(column: string, path: string): string {
  return path.startsWith("[") ? `${column}${path}` : `${column}.${path}`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : "its value cannot be read";
}
