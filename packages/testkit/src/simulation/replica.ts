import { encodeKey, type TokenRange } from "@cassandra-rekey/core";
import { compareBytes, type Deletion, isPurgeable } from "./stored-cell.ts";
import type { StoredChange } from "./stored-change.ts";
import { StoredRow } from "./stored-row.ts";

/** What one replica keeps of a table: the last write wins, by Cassandra's rules, in whatever order writes come. */
export class Replica {
  readonly #token: (partitionKey: Uint8Array) => bigint;
  readonly #rows = new Map<string, StoredRow>();
  readonly #partitions = new Map<string, Deletion>();
  #sorted: readonly StoredRow[] | undefined;

  constructor(token: (partitionKey: Uint8Array) => bigint = spreadToken) {
    this.#token = token;
  }

  apply(change: StoredChange): void {
    const { key, cells, deletion, overwritten } = change;
    if (deletion && isPartition(key)) this.#deletePartition(key[0]!, deletion);
    if (cells.length === 0 && !overwritten && !(deletion && !isPartition(key))) return;
    this.#row(key).merge(change);
  }

  row(key: readonly Uint8Array[]): StoredRow | undefined {
    return this.#rows.get(encodeKey(key));
  }

  /** All that is known of one row, as one change, the deletion of its partition included; `undefined` for nothing. */
  known(key: readonly Uint8Array[]): StoredChange | undefined {
    const row = this.row(key);
    if (row) return row.contents();
    const deletion = this.#partitions.get(encodeKey(key.slice(0, 1)));
    return deletion && { key, cells: [], deletion };
  }

  /** The deletions of whole partitions that are not forgotten, by encoded partition key. */
  partitionDeletions(): ReadonlyMap<string, Deletion> {
    return new Map(this.#partitions);
  }

  /** Rows in the order of token, partition key and clustering key, deleted ones included. */
  rows(range?: TokenRange): readonly StoredRow[] {
    this.#sorted ??= [...this.#rows.values()].sort(compareRows);
    if (!range) return this.#sorted;
    return this.#sorted.filter((row) => row.token > range.after && row.token <= range.upTo);
  }

  /** Leaves no tombstone: whatever arrives afterwards stays. */
  clear(): void {
    this.#rows.clear();
    this.#partitions.clear();
    this.#sorted = undefined;
  }

  /** What a major compaction does: forgets tombstones and what expired, once gc_grace is over. Tells how many. */
  purge(gcGraceSeconds: number, nowSeconds: number): number {
    let purged = 0;
    for (const [id, row] of this.#rows) {
      purged += row.purge(gcGraceSeconds, nowSeconds);
      if (row.isEmpty) this.#rows.delete(id);
    }
    for (const [id, { timestamp, deletedAt }] of this.#partitions) {
      if (!isPurgeable({ kind: "tombstone", timestamp, deletedAt }, gcGraceSeconds, nowSeconds)) continue;
      this.#partitions.delete(id);
      purged += 1;
    }
    this.#sorted = undefined;
    return purged;
  }

  #deletePartition(partitionKey: Uint8Array, deletion: Deletion): void {
    const id = encodeKey([partitionKey]);
    const before = this.#partitions.get(id);
    if (!before || before.timestamp < deletion.timestamp) this.#partitions.set(id, deletion);
    for (const row of this.#rows.values()) {
      if (compareBytes(row.key[0]!, partitionKey) === 0) row.delete(deletion);
    }
  }

  #row(key: readonly Uint8Array[]): StoredRow {
    const id = encodeKey(key);
    const known = this.#rows.get(id);
    if (known) return known;
    const row = new StoredRow(this.#token(key[0]!), key);
    const deletion = this.#partitions.get(encodeKey([key[0]!]));
    if (deletion) row.delete(deletion);
    this.#rows.set(id, row);
    this.#sorted = undefined;
    return row;
  }
}

/** A token spread like Murmur3's, though not the same: FNV-1a with a final mix. */
export function spreadToken(partitionKey: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of partitionKey) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  hash = BigInt.asUintN(64, (hash ^ (hash >> 33n)) * 0xff51afd7ed558ccdn);
  return BigInt.asIntN(64, hash ^ (hash >> 33n));
}

/** The order of rows in a scan: a partition's static cells come before its rows. */
export function compareRows(
  a: { readonly token: bigint; readonly key: readonly Uint8Array[] },
  b: { readonly token: bigint; readonly key: readonly Uint8Array[] },
): number {
  if (a.token !== b.token) return a.token < b.token ? -1 : 1;
  const order = compareBytes(a.key[0]!, b.key[0]!);
  if (order !== 0 || isPartition(a.key) || isPartition(b.key)) return order || a.key.length - b.key.length;
  return compareBytes(a.key[1]!, b.key[1]!);
}

/** Whether a key is that of a partition: of its deletion, or of its static cells. */
export function isPartition(key: readonly Uint8Array[]): boolean {
  return key.length === 1;
}
