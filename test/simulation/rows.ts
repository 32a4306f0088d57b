/** Rows that there may be. */
const MOST_ROWS = 14;
/** Rows in one partition. */
const ROWS_A_PARTITION = 2;

/** The primary key of a row. */
export function rowKey(row: number): readonly Uint8Array[] {
  return [Uint8Array.of(Math.floor(row / ROWS_A_PARTITION)), Uint8Array.of(row)];
}

/** The keys of all rows of a row's partition. */
export function partitionOf(row: number): readonly (readonly Uint8Array[])[] {
  const first = row - (row % ROWS_A_PARTITION);
  return Array.from({ length: ROWS_A_PARTITION }, (_, index) => rowKey(first + index));
}

/** Every row that there may be. */
export function allRows(): readonly (readonly Uint8Array[])[] {
  return Array.from({ length: MOST_ROWS }, (_, row) => rowKey(row));
}
