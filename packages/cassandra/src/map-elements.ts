import { type ElementCell, RekeyError } from "@cassandra-rekey/core";
import { readEntries } from "./frozen-value.ts";

/**
 * The cells of a map that is not frozen: its bytes have keys and values in the order of the keys, `WRITETIME` and `TTL`
 * of the whole column (Cassandra 5.0) are lists in the same order.
 */
export function mapElements(
  column: number,
  bytes: Uint8Array,
  writetimes: unknown,
  ttls: unknown,
): readonly ElementCell[] {
  const entries = readEntries(bytes);
  const stamps = (writetimes ?? []) as readonly (bigint | null)[];
  const expiries = (ttls ?? []) as readonly (number | null)[];
  if (stamps.length !== entries.length || expiries.length !== entries.length) {
    const counts = `${entries.length} values, ${stamps.length} writetimes and ${expiries.length} TTLs`;
    throw new RekeyError("INTERNAL.INVARIANT", `the server gives ${counts} of one map`);
  }
  return entries.map(({ key, value }, index) => {
    return { column, key, value, writetime: stamps[index]!, ttl: expiries[index] ?? undefined };
  });
}
