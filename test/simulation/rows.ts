/** Rows that there may be. */
const MOST_ROWS = 14;
/** Rows in one partition. */
const ROWS_A_PARTITION = 2;

/** The encrypted columns of a row. */
export const ROW_COLUMNS = ["email", "phone"] as const;
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

/** The encrypted columns of a row, or of what is static in a partition. */
export function columnsAt(key: readonly Uint8Array[]): readonly string[] {
  return key.length === 1 ? [STATIC_COLUMN] : ROW_COLUMNS;
}

/** How a row is named to people. */
export function nameOf(key: readonly Uint8Array[]): string {
  const [partition, row] = key;
  return row ? `row ${row[0]}` : `the static cell of partition ${partition![0]}`;
}
