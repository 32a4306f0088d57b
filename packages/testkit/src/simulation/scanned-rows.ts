import { encodeKey, type Row, type TableShape } from "@cassandra-rekey/core";
import { isPartition } from "./replica.ts";
import { StoredRow } from "./stored-row.ts";

/** Each partition with anything live in it, once and with its static cells, as SELECT DISTINCT has it. */
export function partitionsOf(
  sorted: readonly StoredRow[],
  shape: TableShape,
  nowSeconds: number,
): readonly Row[] {
  const partitions = Map.groupBy(sorted, ({ key }) => encodeKey(key.slice(0, 1)));
  return [...partitions.values()]
    .filter((rows) => rows.some((row) => row.exists(nowSeconds)))
    .map((rows) => {
      const { token, key } = rows[0]!;
      const statics = rows.find((row) => isPartition(row.key)) ?? new StoredRow(token, key.slice(0, 1));
      return statics.read(shape, nowSeconds);
    });
}

/** Each row that a read returns; static cells are none. */
export function rowsOf(sorted: readonly StoredRow[], shape: TableShape, nowSeconds: number): readonly Row[] {
  return sorted
    .filter((row) => !isPartition(row.key) && row.exists(nowSeconds))
    .map((row) => row.read(shape, nowSeconds));
}
