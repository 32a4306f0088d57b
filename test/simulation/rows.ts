import type { Cell, Row } from "@cassandra-rekey/core";

/** Rows that there may be. */
const MOST_ROWS = 14;
/** Rows in one partition. */
const ROWS_A_PARTITION = 2;

/** The encrypted columns of a row. */
export const ROW_COLUMNS = ["email", "phone"] as const;
/** Cells that are parts of columns which are not frozen: two values of a map, a field of a UDT. */
export const PARTS = ["notes[00]", "notes[01]", "address.street"] as const;
/** Their columns. */
export const PART_COLUMNS = ["notes", "address"] as const;
/** A map has elements in place of a cell. */
const READ_ORDER: readonly string[] = [...ROW_COLUMNS, "notes", "address.street"];
/** The encrypted static column. */
export const STATIC_COLUMN = "memo";

/** The primary key of a row. */
export function rowKey(row: number): readonly Uint8Array[] {
  return [Uint8Array.of(Math.floor(row / ROWS_A_PARTITION)), Uint8Array.of(row)];
}

/** The key of the partition that a row is in, and so of its static cell. */
export function staticKey(row: number): readonly Uint8Array[] {
  return rowKey(row).slice(0, 1);
}

/** The key of a partition's static cell. */
export function partitionKey(partition: number): readonly Uint8Array[] {
  return staticKey(partition * ROWS_A_PARTITION);
}

/** The keys of a partition's rows and, last, of its static cell. */
export function placesOf([partition]: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const first = partition![0]! * ROWS_A_PARTITION;
  const rows = Array.from({ length: ROWS_A_PARTITION }, (_, index) => rowKey(first + index));
  return [...rows, [partition!]];
}

/** Every row and every static cell that there may be. */
export function allPlaces(): readonly (readonly Uint8Array[])[] {
  return Array.from({ length: MOST_ROWS / ROWS_A_PARTITION }, (_, partition) =>
    partitionKey(partition),
  ).flatMap(placesOf);
}

/** Where the encrypted cells of a row are, or those that are static in a partition. */
export function cellsAt(key: readonly Uint8Array[]): readonly string[] {
  return key.length === 1 ? [STATIC_COLUMN] : [...ROW_COLUMNS, ...PARTS];
}

/** One cell of a row as it was read. */
export function seenAt(row: Row | undefined, place: string): Cell | undefined {
  const [, mapKey] = /^notes\[(.*)\]$/.exec(place) ?? [];
  if (mapKey !== undefined)
    return row?.elements?.find(({ key }) => Buffer.from(key).toString("hex") === mapKey);
  return row?.cells[Math.max(0, READ_ORDER.indexOf(place))];
}

/** All cells of a row that were read. */
export function cellsOf(row: Row | undefined): readonly Cell[] {
  return [...(row?.cells ?? []), ...(row?.elements ?? [])].filter((cell) => cell !== undefined);
}

/** How a row is named to people. */
export function nameOf(key: readonly Uint8Array[]): string {
  const [partition, row] = key;
  return row ? `row ${row[0]}` : `the static cell of partition ${partition![0]}`;
}
