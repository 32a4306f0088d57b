import type {
  CellWrite,
  ConditionalCell,
  Row,
  ScanKind,
  TableSchema,
  TableShape,
  TokenRange,
} from "@cassandra-rekey/core";
import { placeOf } from "./cell-place.ts";
import { type Condition, conditionHolds, stampedAt } from "./condition.ts";
import { isPartition, Replica } from "./replica.ts";
import { partitionsOf, rowsOf } from "./scanned-rows.ts";
import { type SimulatedTableOptions, schemaOf, shapeOf, staticShapeOf } from "./simulated-table.ts";
import { compareBytes } from "./stored-cell.ts";
import { changeOf, type Statement, type StoredChange, storedCell } from "./stored-change.ts";

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
  readonly #utcMs: () => number;
  readonly #replica: Replica;
  #lastStamp = 0n;

  constructor(options: SimulatedTableOptions, utcMs: () => number) {
    this.#utcMs = utcMs;
    this.#replica = new Replica(options.token);
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
    return this.execute({ kind: "insert", key, values, ...options });
  }

  /** UPDATE: sets columns, deletes those that are null, and leaves the row marker alone. */
  update(
    key: readonly Uint8Array[],
    values: Readonly<Record<string, Uint8Array | null>>,
    options: WriteOptions = {},
  ): bigint {
    return this.execute({ kind: "update", key, values, ...options });
  }

  /** `DELETE … WHERE` the whole primary key. */
  deleteRow(key: readonly Uint8Array[], options: WriteOptions = {}): bigint {
    return this.execute({ kind: "deleteRow", key, ...options });
  }

  deletePartition(partitionKey: Uint8Array, options: WriteOptions = {}): bigint {
    return this.execute({ kind: "deletePartition", key: [partitionKey], ...options });
  }

  /** Leaves no tombstone: whatever arrives afterwards stays. */
  truncate(): void {
    this.#replica.clear();
  }

  /** What a major compaction does: forgets tombstones and what expired, once `gc_grace_seconds` are over. */
  compact(): void {
    this.#replica.purge(this.schema.gcGraceSeconds, this.nowSeconds);
  }

  /** One cell by UPDATE with everything explicit, as the port wants it. */
  write(key: readonly Uint8Array[], { value, timestamp, ttl, ...place }: CellWrite): void {
    const cell = storedCell(value, timestamp, ttl, this.nowSeconds);
    this.#apply({ key, cells: [[placeOf(place), cell]] });
  }

  /** The row, or by a partition key the partition, as a read sees it, or `undefined`. */
  row(key: readonly Uint8Array[]): Row | undefined {
    if (isPartition(key)) {
      return partitionsOf(this.#replica.rows(), this.staticShape, this.nowSeconds).find(
        (row) => compareBytes(row.key[0]!, key[0]!) === 0,
      );
    }
    const stored = this.#replica.row(key);
    return stored?.exists(this.nowSeconds) ? stored.read(this.shape, this.nowSeconds) : undefined;
  }

  /** The rows or partitions of a range that a read sees, in the order of token, partition key and clustering key. */
  rows(range?: TokenRange, scan: ScanKind = "rows"): readonly Row[] {
    const inRange = this.#replica.rows(range);
    return scan === "partitions"
      ? partitionsOf(inRange, this.staticShape, this.nowSeconds)
      : rowsOf(inRange, this.shape, this.nowSeconds);
  }

  /** The second in which a live cell expires; `undefined` for one that does not, or is not there. */
  expiry(key: readonly Uint8Array[], column: string): number | undefined {
    const cell = this.#replica.row(this.#place(key, column))?.live(column, this.nowSeconds);
    return cell?.kind === "expiring" ? cell.expiresAt : undefined;
  }

  /** Carries out a statement at once; tells its timestamp. */
  execute(statement: Statement): bigint {
    const timestamp = statement.timestamp ?? this.stamp();
    const { nowSeconds } = this;
    const { defaultTimeToLive } = this.schema;
    const time = { nowSeconds, defaultTimeToLive, stamp: () => timestamp };
    this.#apply(changeOf({ ...statement, timestamp }, time));
    return timestamp;
  }

  /** Carries out a lightweight transaction at once, at the server's time; tells whether its condition held. */
  transact(statement: Statement, condition: Condition): boolean {
    const { nowSeconds } = this;
    const { defaultTimeToLive } = this.schema;
    const row = this.#replica.row(statement.key);
    if (!conditionHolds(condition, row, nowSeconds)) return false;
    const timestamp = this.stamp();
    const time = { nowSeconds, defaultTimeToLive, stamp: () => timestamp };
    this.#apply(stampedAt(changeOf(statement, time), timestamp));
    return true;
  }

  /** Writes cells at the server's time if each place still holds what is expected; tells whether. */
  compareAndSet(key: readonly Uint8Array[], cells: readonly ConditionalCell[]): boolean {
    const condition = Object.fromEntries(cells.map((cell) => [placeOf(cell), cell.expected]));
    if (!conditionHolds(condition, this.#replica.row(key), this.nowSeconds)) return false;
    const timestamp = this.stamp();
    for (const cell of cells) this.write(key, { ...cell, timestamp });
    return true;
  }

  #apply(change: StoredChange): void {
    const statics = change.cells.filter(([column]) => this.#isStatic(column));
    if (statics.length > 0) this.#replica.apply({ key: change.key.slice(0, 1), cells: statics });
    this.#replica.apply({ ...change, cells: change.cells.filter(([column]) => !this.#isStatic(column)) });
  }

  /** Where a column's cell is kept: a static one belongs to the partition. */
  #place(key: readonly Uint8Array[], column: string): readonly Uint8Array[] {
    return this.#isStatic(column) ? key.slice(0, 1) : key;
  }

  #isStatic(column: string): boolean {
    return this.staticShape.columns.some(({ name }) => name === column);
  }
}
