/** One cell as a replica keeps it. Seconds are the coordinator's, timestamps microseconds. */
export type StoredCell =
  | { readonly kind: "live"; readonly value: Uint8Array; readonly timestamp: bigint }
  | {
      readonly kind: "expiring";
      readonly value: Uint8Array;
      readonly timestamp: bigint;
      readonly ttl: number;
      /** The second from which on the cell is gone. */
      readonly expiresAt: number;
    }
  | { readonly kind: "tombstone"; readonly timestamp: bigint; readonly deletedAt: number };

/** A cell with a value. */
export type LiveCell = Exclude<StoredCell, { readonly kind: "tombstone" }>;

/** What a row or partition deletion leaves behind, or the overwriting of a collection. */
export interface Deletion {
  readonly timestamp: bigint;
  readonly deletedAt: number;
}

/**
 * The cell that stays when two meet, by Cassandra's rules: the newer timestamp; at the same one a tombstone over
 * live, expiring over plain, the later expiry or deletion, the lower TTL (5.0.5 and newer), then the larger value.
 */
export function reconcile(a: StoredCell, b: StoredCell): StoredCell {
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp ? a : b;
  const order =
    rank(a) - rank(b) || endOf(a) - endOf(b) || ttlOf(b) - ttlOf(a) || compareBytes(bytesOf(a), bytesOf(b));
  return order >= 0 ? a : b;
}

/** The value that a read at `nowSeconds` sees, if any. */
export function isLive(cell: StoredCell, nowSeconds: number): cell is LiveCell {
  return cell.kind === "live" || (cell.kind === "expiring" && nowSeconds < cell.expiresAt);
}

/** Whether a compaction at `nowSeconds` may forget the cell. What expired counts as deleted when it was written. */
export function isPurgeable(cell: StoredCell, gcGraceSeconds: number, nowSeconds: number): boolean {
  if (cell.kind === "live" || (cell.kind === "expiring" && nowSeconds < cell.expiresAt)) return false;
  const deletedAt = cell.kind === "tombstone" ? cell.deletedAt : cell.expiresAt - cell.ttl;
  return deletedAt + gcGraceSeconds < nowSeconds;
}

/** Unsigned, byte by byte; a prefix comes first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

function rank(cell: StoredCell): number {
  return { live: 0, expiring: 1, tombstone: 2 }[cell.kind];
}

function endOf(cell: StoredCell): number {
  if (cell.kind === "live") return 0;
  return cell.kind === "expiring" ? cell.expiresAt : cell.deletedAt;
}

function ttlOf(cell: StoredCell): number {
  return cell.kind === "expiring" ? cell.ttl : 0;
}

function bytesOf(cell: StoredCell): Uint8Array {
  return cell.kind === "tombstone" ? new Uint8Array() : cell.value;
}
