import {
  type Cell,
  type CellWrite,
  encodeKey,
  RekeyError,
  type Row,
  type TableSchema,
  type TableShape,
  type TokenRange,
} from "@cassandra-rekey/core";
import { compareBytes } from "./stored-cell.ts";
import { StoredRow } from "./stored-row.ts";

/** How a {@link MemoryTable} is made; everything has a default but the columns. */
export interface MemoryTableOptions {
  readonly keyspace?: string;
  readonly name?: string;
  readonly tableId?: string;
  /** The encrypted columns, all blobs unless `text` says otherwise. */
  readonly columns: readonly string[];
  /** The columns that are text. */
  readonly text?: readonly string[];
  readonly label?: string;
  readonly gcGraceSeconds?: number;
  /** Seconds, for writes of the application that name no TTL. */
  readonly defaultTimeToLive?: number;
  /** The token of a partition key. */
  readonly token?: (partitionKey: Uint8Array) => bigint;
}

/** What an application says with a write. */
export interface WriteOptions {
  /** Microseconds; the server's time when left out. */
  readonly timestamp?: bigint;
  /** Seconds; the table's default when left out. */
  readonly ttl?: number;
}

/**
 * One table with a blob partition key `pk` and a blob clustering key `ck`, as one replica keeps it: last write wins
 * by Cassandra's rules. Every write takes effect at once; that a write is under way is the cluster's business.
 */
export class MemoryTable {
  readonly shape: TableShape;
  readonly schema: TableSchema;
  readonly #options: MemoryTableOptions;
  readonly #utcMs: () => number;
  readonly #rows = new Map<string, StoredRow>();
  readonly #partitions = new Map<string, { timestamp: bigint; deletedAt: number }>();
  #sorted: readonly StoredRow[] | undefined;
  #lastStamp = 0n;

  constructor(options: MemoryTableOptions, utcMs: () => number) {
    this.#options = options;
    this.#utcMs = utcMs;
    this.shape = shapeOf(options);
    this.schema = schemaOf(this.shape, options);
  }

  /** The server's second. */
  get nowSeconds(): number {
    return Math.floor(this.#utcMs() / 1000);
  }

  /** A timestamp as coordinators make them: their milliseconds with a counter below, never twice the same. */
  stamp(): bigint {
    const now = BigInt(Math.floor(this.#utcMs())) * 1000n;
    this.#lastStamp = now > this.#lastStamp ? now : this.#lastStamp + 1n;
    return this.#lastStamp;
  }

  /** INSERT: sets columns and the row marker. */
  insert(
    key: readonly Uint8Array[],
    values: Readonly<Record<string, Uint8Array | null>>,
    options: WriteOptions = {},
  ): bigint {
    const timestamp = options.timestamp ?? this.stamp();
    const ttl = this.#ttl(options);
    this.#row(key).mark(timestamp, ttl > 0 ? { ttl, expiresAt: this.nowSeconds + ttl } : undefined);
    return this.update(key, values, { ...options, timestamp });
  }

  /** UPDATE: sets columns, deletes those that are null, and leaves the row marker alone. */
  update(
    key: readonly Uint8Array[],
    values: Readonly<Record<string, Uint8Array | null>>,
    options: WriteOptions = {},
  ): bigint {
    const timestamp = options.timestamp ?? this.stamp();
    const ttl = this.#ttl(options);
    for (const [column, value] of Object.entries(values)) {
      if (value) this.write(key, { column, value, timestamp, ttl });
      else this.#row(key).write(column, { kind: "tombstone", timestamp, deletedAt: this.nowSeconds });
    }
    return timestamp;
  }

  /** `DELETE … WHERE` the whole primary key. */
  deleteRow(key: readonly Uint8Array[], { timestamp = this.stamp() }: WriteOptions = {}): bigint {
    this.#row(key).delete({ timestamp, deletedAt: this.nowSeconds });
    return timestamp;
  }

  deletePartition(partitionKey: Uint8Array, { timestamp = this.stamp() }: WriteOptions = {}): bigint {
    const deletion = { timestamp, deletedAt: this.nowSeconds };
    const before = this.#partitions.get(encodeKey([partitionKey]));
    if (!before || before.timestamp < timestamp) this.#partitions.set(encodeKey([partitionKey]), deletion);
    for (const row of this.#rows.values()) {
      if (compareBytes(row.key[0]!, partitionKey) === 0) row.delete(deletion);
    }
    return timestamp;
  }

  /** Leaves no tombstone: whatever arrives afterwards stays. */
  truncate(): void {
    this.#rows.clear();
    this.#partitions.clear();
    this.#sorted = undefined;
  }

  /** What a major compaction does: forgets tombstones and what expired, once `gc_grace_seconds` are over. */
  compact(): void {
    const { gcGraceSeconds } = this.schema;
    for (const [id, row] of this.#rows) {
      if (row.purge(gcGraceSeconds, this.nowSeconds)) this.#rows.delete(id);
    }
    for (const [id, deletion] of this.#partitions) {
      if (deletion.deletedAt + gcGraceSeconds < this.nowSeconds) this.#partitions.delete(id);
    }
    this.#sorted = undefined;
  }

  /** One cell by UPDATE with everything explicit, as the port wants it. */
  write(key: readonly Uint8Array[], cell: CellWrite): void {
    const { column, value, timestamp, ttl } = cell;
    if (!Number.isInteger(ttl) || ttl < 0) {
      throw new RekeyError("CLUSTER.INVALID_QUERY", `a TTL of ${ttl} is refused`);
    }
    const copy = Uint8Array.from(value);
    this.#row(key).write(
      column,
      ttl > 0
        ? { kind: "expiring", value: copy, timestamp, ttl, expiresAt: this.nowSeconds + ttl }
        : { kind: "live", value: copy, timestamp },
    );
  }

  /** The row as a read sees it, or `undefined`. */
  row(key: readonly Uint8Array[]): Row | undefined {
    const stored = this.#rows.get(encodeKey(key));
    return stored?.exists(this.nowSeconds) ? this.#read(stored) : undefined;
  }

  /** The rows of a range that a read sees, in the order of token, partition key and clustering key. */
  rows(range?: TokenRange): readonly Row[] {
    this.#sorted ??= [...this.#rows.values()].sort(compareRows);
    const now = this.nowSeconds;
    return this.#sorted
      .filter((row) => !range || (row.token > range.after && row.token <= range.upTo))
      .filter((row) => row.exists(now))
      .map((row) => this.#read(row));
  }

  /** The second in which a live cell expires; `undefined` for one that does not, or is not there. */
  expiry(key: readonly Uint8Array[], column: string): number | undefined {
    const cell = this.#rows.get(encodeKey(key))?.live(column, this.nowSeconds);
    return cell?.kind === "expiring" ? cell.expiresAt : undefined;
  }

  #read(row: StoredRow): Row {
    const cell = (column: string): Cell | undefined => {
      const live = row.live(column, this.nowSeconds);
      if (!live) return undefined;
      const ttl = live.kind === "expiring" ? live.expiresAt - this.nowSeconds : undefined;
      return { value: Uint8Array.from(live.value), writetime: live.timestamp, ttl };
    };
    const { columns, label } = this.shape;
    const cells = columns.map((column) => cell(column.name));
    return { token: row.token, key: row.key, cells, label: label && cell(label.name) };
  }

  #row(key: readonly Uint8Array[]): StoredRow {
    const id = encodeKey(key);
    const known = this.#rows.get(id);
    if (known) return known;
    const row = new StoredRow((this.#options.token ?? tokenOf)(key[0]!), key);
    const deletion = this.#partitions.get(encodeKey([key[0]!]));
    if (deletion) row.delete(deletion);
    this.#rows.set(id, row);
    this.#sorted = undefined;
    return row;
  }

  #ttl({ ttl }: WriteOptions): number {
    return ttl ?? this.schema.defaultTimeToLive;
  }
}

/** A token spread like Murmur3's, though not the same: FNV-1a with a final mix. */
function tokenOf(partitionKey: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of partitionKey) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  hash = BigInt.asUintN(64, (hash ^ (hash >> 33n)) * 0xff51afd7ed558ccdn);
  return BigInt.asIntN(64, hash ^ (hash >> 33n));
}

function compareRows(a: StoredRow, b: StoredRow): number {
  if (a.token !== b.token) return a.token < b.token ? -1 : 1;
  return compareBytes(a.key[0]!, b.key[0]!) || compareBytes(a.key[1]!, b.key[1]!);
}

function shapeOf(options: MemoryTableOptions): TableShape {
  const { keyspace = "app", name = "users", tableId = `${keyspace}.${name}`, text = [], label } = options;
  return {
    keyspace,
    name,
    tableId,
    partitionKey: [{ name: "pk", type: "blob" }],
    clusteringKey: [{ name: "ck", type: "blob" }],
    columns: options.columns.map((column) =>
      text.includes(column)
        ? { name: column, type: "text", form: "text" }
        : { name: column, type: "blob", form: "binary" },
    ),
    ...(label !== undefined && { label: { name: label, type: "text" } }),
  };
}

function schemaOf(shape: TableShape, options: MemoryTableOptions): TableSchema {
  const column = (name: string, type: string, kind: "partition_key" | "clustering" | "regular") => ({
    name,
    type,
    kind,
    position: kind === "regular" ? -1 : 0,
    clusteringOrder: kind === "clustering" ? ("asc" as const) : ("none" as const),
    masked: false,
  });
  return {
    keyspace: shape.keyspace,
    name: shape.name,
    tableId: shape.tableId,
    columns: [
      column("ck", "blob", "clustering"),
      column("pk", "blob", "partition_key"),
      ...[...shape.columns, ...(shape.label ? [shape.label] : [])].map(({ name, type }) =>
        column(name, type, "regular"),
      ),
    ].sort((a, b) => (a.name < b.name ? -1 : 1)),
    indexes: [],
    views: [],
    flags: ["compound"],
    gcGraceSeconds: options.gcGraceSeconds ?? 864_000,
    defaultTimeToLive: options.defaultTimeToLive ?? 0,
    compaction: "SizeTieredCompactionStrategy",
    cdc: false,
  };
}
