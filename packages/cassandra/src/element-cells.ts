import { type ElementCell, type ElementKind, RekeyError, UNKNOWN_WRITETIME } from "@cassandra-rekey/core";
import { int, readEntries, readItems } from "./frozen-value.ts";

/** `WRITETIME` and `TTL` of a whole column, as lists in the order of its cells. */
export interface ElementTimes {
  readonly writetimes: unknown;
  readonly ttls: unknown;
}

/**
 * The cells of a collection that is not frozen, in the order of its bytes; `WRITETIME` and `TTL` of the column are in the
 * same order (Cassandra 5.0), or not there to be asked for.
 */
export function elementCells(
  kind: ElementKind,
  column: number,
  bytes: Uint8Array,
  times: ElementTimes | undefined,
): readonly ElementCell[] {
  const entries = kind === "map-values" ? readEntries(bytes) : itemEntries(kind, bytes);
  if (!times) {
    return entries.map((entry) => ({ column, ...entry, writetime: UNKNOWN_WRITETIME, ttl: undefined }));
  }
  const stamps = (times.writetimes ?? []) as readonly (bigint | null)[];
  const expiries = (times.ttls ?? []) as readonly (number | null)[];
  if (stamps.length !== entries.length || expiries.length !== entries.length) {
    const counts = `${entries.length} values, ${stamps.length} writetimes and ${expiries.length} TTLs`;
    throw new RekeyError("INTERNAL.INVARIANT", `the server gives ${counts} of one collection`);
  }
  return entries.map((entry, index) => {
    return { column, ...entry, writetime: stamps[index]!, ttl: expiries[index] ?? undefined };
  });
}

function itemEntries(kind: ElementKind, bytes: Uint8Array): ReturnType<typeof readEntries> {
  if (bytes.length === 0) return [];
  return readItems(bytes).map((item, position) => {
    // Stored elements are never null.
    if (item === null) throw new RekeyError("INTERNAL.INVARIANT", "the server gives an element that is null");
    return { key: kind === "list-elements" ? int(position) : item, value: item };
  });
}
