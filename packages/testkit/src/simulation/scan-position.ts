import { type Cursor, decodeKey, encodeKey, type PageRequest, type Row } from "@cassandra-rekey/core";
import { compareBytes } from "./stored-cell.ts";

type Scan = Pick<PageRequest, "table" | "range">;

/** The cursor that goes on after `row`. */
export function cursorAfter(row: Row, scan: Scan): Cursor {
  const position = `${row.token}/${encodeKey(row.key)}`;
  return `${position}/${checksum(position, scan)}`;
}

/** Whether a row comes after the cursor; everything does when the cursor is damaged or belongs to another scan. */
export function comesAfter(cursor: Cursor | undefined, scan: Scan): (row: Row) => boolean {
  const at = (cursor ?? "").lastIndexOf("/");
  const position = (cursor ?? "").slice(0, Math.max(0, at));
  if (at < 0 || cursor!.slice(at + 1) !== checksum(position, scan)) return () => true;
  const slash = position.indexOf("/");
  const token = BigInt(position.slice(0, slash));
  const key = decodeKey(position.slice(slash + 1));
  return (row) => row.token > token || (row.token === token && compareKeys(row.key, key) > 0);
}

function compareKeys(a: readonly Uint8Array[], b: readonly Uint8Array[]): number {
  for (const [index, part] of a.entries()) {
    const order = compareBytes(part, b[index]!);
    if (order !== 0) return order;
  }
  return 0;
}

function checksum(position: string, { table, range }: Scan): string {
  let sum = 0x811c9dc5;
  for (const char of `${table.tableId} ${range.after} ${range.upTo} ${position}`) {
    sum = Math.imul(sum ^ char.codePointAt(0)!, 0x01000193);
  }
  return (sum >>> 0).toString(16);
}
