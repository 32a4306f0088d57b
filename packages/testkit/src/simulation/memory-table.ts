import {
  type Cell,
  type CellWrite,
  type ColumnSchema,
  encodeKey,
  RekeyError,
  type Row,
  type ScanKind,
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
  /** The encrypted static columns. */
  readonly statics?: readonly string[];
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
 * Static cells are kept under their partition's key alone, whichever of its rows they are written with.
 */
export class MemoryTable {
  readonly shape: TableShape;
  /** The shape of a pass over the static columns. */
  readonly staticShape: TableShape;
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
    this.staticShape = staticShapeOf(this.shape, options);
    this.schema = schemaOf(this.shape, this.staticShape, options);
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
      else
        this.#row(this.#place(key, column)).write(column, {
          kind: "tombstone",
          timestamp,
          deletedAt: this.nowSeconds,
        });
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
    this.#row(this.#place(key, column)).write(
      column,
      ttl > 0
        ? { kind: "expiring", value: copy, timestamp, ttl, expiresAt: this.nowSeconds + ttl }
        : { kind: "live", value: copy, timestamp },
    );
  }

  /** The row, or by a partition key the partition, as a read sees it, or `undefined`. */
  row(key: readonly Uint8Array[]): Row | undefined {
    if (isPartition(key)) {
      return this.#partitionsOf(this.#order()).find((row) => compareBytes(row.key[0]!, key[0]!) === 0);
    }
    const stored = this.#rows.get(encodeKey(key));
    return stored?.exists(this.nowSeconds) ? this.#read(stored, this.shape) : undefined;
  }

  /** The rows or partitions of a range that a read sees, in the order of token, partition key and clustering key. */
  rows(range?: TokenRange, scan: ScanKind = "rows"): readonly Row[] {
    const inRange = this.#order().filter(
      (row) => !range || (row.token > range.after && row.token <= range.upTo),
    );
    if (scan === "partitions") return this.#partitionsOf(inRange);
    const now = this.nowSeconds;
    return inRange
      .filter((row) => !isPartition(row.key) && row.exists(now))
      .map((row) => this.#read(row, this.shape));
  }

  /** The second in which a live cell expires; `undefined` for one that does not, or is not there. */
  expiry(key: readonly Uint8Array[], column: string): number | undefined {
    const cell = this.#rows.get(encodeKey(this.#place(key, column)))?.live(column, this.nowSeconds);
    return cell?.kind === "expiring" ? cell.expiresAt : undefined;
  }

  /** Each partition with anything live in it, once, as SELECT DISTINCT has it. */
  #partitionsOf(sorted: readonly StoredRow[]): readonly Row[] {
    const now = this.nowSeconds;
    const live = sorted.filter((row) => row.exists(now));
    const first = live.filter(
      (row, index) => index === 0 || compareBytes(live[index - 1]!.key[0]!, row.key[0]!) !== 0,
    );
    return first.map(({ token, key }) => {
      const partition = key.slice(0, 1);
      const statics = this.#rows.get(encodeKey(partition)) ?? new StoredRow(token, partition);
      return this.#read(statics, this.staticShape);
    });
  }

  #order(): readonly StoredRow[] {
    this.#sorted ??= [...this.#rows.values()].sort(compareRows);
    return this.#sorted;
  }

  /** Where a column's cell is kept: a static one belongs to the partition. */
  #place(key: readonly Uint8Array[], column: string): readonly Uint8Array[] {
    return this.staticShape.columns.some(({ name }) => name === column) ? key.slice(0, 1) : key;
  }

  #read(row: StoredRow, { columns, label }: TableShape): Row {
    const cell = (column: string): Cell | undefined => {
      const live = row.live(column, this.nowSeconds);
      if (!live) return undefined;
      const ttl = live.kind === "expiring" ? live.expiresAt - this.nowSeconds : undefined;
      return { value: Uint8Array.from(live.value), writetime: live.timestamp, ttl };
    };
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

/** A partition's static cells come before its rows. */
function compareRows(a: StoredRow, b: StoredRow): number {
  if (a.token !== b.token) return a.token < b.token ? -1 : 1;
  const order = compareBytes(a.key[0]!, b.key[0]!);
  if (order !== 0 || isPartition(a.key) || isPartition(b.key)) return order || a.key.length - b.key.length;
  return compareBytes(a.key[1]!, b.key[1]!);
}

function isPartition(key: readonly Uint8Array[]): boolean {
  return key.length === 1;
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

function staticShapeOf(shape: TableShape, { statics = [] }: MemoryTableOptions): TableShape {
  const { label: _, ...rest } = shape;
  const columns = statics.map((name) => ({ name, type: "blob", form: "binary" }) as const);
  return { ...rest, scan: "partitions", clusteringKey: [], columns };
}

function schemaOf(shape: TableShape, statics: TableShape, options: MemoryTableOptions): TableSchema {
  const column = (name: string, type: string, kind: ColumnSchema["kind"]) => ({
    name,
    type,
    kind,
    position: kind === "regular" || kind === "static" ? -1 : 0,
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
      ...statics.columns.map(({ name, type }) => column(name, type, "static")),
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
