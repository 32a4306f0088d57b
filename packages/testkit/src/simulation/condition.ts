import { compareBytes, type Deletion } from "./stored-cell.ts";
import type { StoredChange } from "./stored-change.ts";
import type { StoredRow } from "./stored-row.ts";

/**
 * What a lightweight transaction asks of its row: `IF EXISTS`, `IF NOT EXISTS`, or that columns hold these values,
 * `null` for none.
 */
export type Condition = "exists" | "does not exist" | Readonly<Record<string, Uint8Array | null>>;

/** Whether a row is as a condition wants it at `nowSeconds`. A row that is not there has no values. */
export function conditionHolds(
  condition: Condition,
  row: StoredRow | undefined,
  nowSeconds: number,
): boolean {
  const exists = row?.exists(nowSeconds) ?? false;
  if (condition === "exists") return exists;
  if (condition === "does not exist") return !exists;
  return Object.entries(condition).every(([column, expected]) => {
    const live = row?.live(column, nowSeconds);
    if (!expected || !live) return !expected && !live;
    return compareBytes(live.value, expected) === 0;
  });
}

/** The change with the time of its ballot, microseconds; a deletion comes one microsecond before it, as on the server. */
export function stampedAt(
  { key, cells, deletion, overwritten }: StoredChange,
  timestamp: bigint,
): StoredChange {
  const before = (from: Deletion): Deletion => ({ ...from, timestamp: timestamp - 1n });
  return {
    key,
    cells: cells.map(([column, cell]) => [column, { ...cell, timestamp }]),
    ...(deletion && { deletion: before(deletion) }),
    ...(overwritten && { overwritten: overwritten.map(([column, from]) => [column, before(from)]) }),
  };
}
