import {
  type CellSink,
  type CellSource,
  type ConditionalCell,
  type Groupable,
  type Mutation,
  type Page,
  type PageRequest,
  RekeyError,
  type Row,
  type TableShape,
  untilAborted,
} from "@cassandra-rekey/core";
import { MemoryTable } from "./memory-table.ts";
import { comesAfter, cursorAfter } from "./scan-position.ts";
import type { SimulatedTableOptions } from "./simulated-table.ts";
import type { Statement } from "./stored-change.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** One request as the cluster gets it. */
export type ClusterRequest =
  | { readonly kind: "page"; readonly request: PageRequest }
  | { readonly kind: "row"; readonly table: TableShape; readonly key: readonly Uint8Array[] }
  | { readonly kind: "send"; readonly table: TableShape; readonly mutations: readonly Mutation[] }
  | {
      readonly kind: "compareAndSet";
      readonly table: TableShape;
      readonly key: readonly Uint8Array[];
      readonly cells: readonly ConditionalCell[];
    }
  /** Not the engine's: a lightweight transaction of an application. */
  | { readonly kind: "transaction"; readonly statement: Statement };

/** What goes wrong with one request. */
export interface Fault {
  /** Extra milliseconds on the way to the cluster: what the request does, it does this much later. */
  readonly delayMs?: number;
  /** Extra milliseconds on the way back. */
  readonly replyDelayMs?: number;
  /** What the caller gets instead of a result. */
  readonly error?: unknown;
  /** With `error`: whether the request took effect all the same. A compare-and-set then reports `"unknown"`. */
  readonly applied?: boolean;
  /** Of a compare-and-set on several nodes: its coordinator dies when so many replicas have accepted what it proposes. */
  readonly diesWhenAcceptedBy?: number;
}

/** How a {@link MemoryCluster} behaves. */
export interface MemoryClusterOptions {
  /** Milliseconds from the caller to the cluster, and as many back. */
  readonly latencyMs?: number;
  /** How far the cluster's clock is ahead of true time, milliseconds. */
  readonly aheadMs?: number;
  /** How many replica sets writes are grouped by. */
  readonly replicaSets?: number;
}

/** Rows that a group holds at most, as the server's default threshold has it. */
const GROUP_ROWS = 10;

/**
 * A cluster of one replica in memory, under virtual time. A request takes effect when it reaches the cluster, whatever
 * becomes of its caller: who aborts stops waiting, and the write lands all the same.
 */
export class MemoryCluster implements CellSource, CellSink {
  readonly time: VirtualTime;
  readonly #options: MemoryClusterOptions;
  readonly #tables = new Map<string, MemoryTable>();
  readonly #faults: { readonly kind: ClusterRequest["kind"]; readonly fault: Fault }[] = [];
  readonly #listeners: ((request: ClusterRequest) => void)[] = [];

  constructor(time: VirtualTime, options: MemoryClusterOptions = {}) {
    this.time = time;
    this.#options = options;
  }

  /** The cluster's clock, milliseconds since the epoch. */
  get utcMs(): number {
    return this.time.utcMs + (this.#options.aheadMs ?? 0);
  }

  createTable(options: SimulatedTableOptions): MemoryTable {
    const table = new MemoryTable(options, () => this.utcMs);
    this.#tables.set(`${table.shape.keyspace}.${table.shape.name}`, table);
    return table;
  }

  table(keyspace: string, name: string): MemoryTable | undefined {
    return this.#tables.get(`${keyspace}.${name}`);
  }

  /** The next request of this kind meets the fault; several are met in the order in which they were asked for. */
  failNext(kind: ClusterRequest["kind"], fault: Fault): void {
    this.#faults.push({ kind, fault });
  }

  /** Calls `listener` with each request at the moment it takes effect, just before. */
  onRequest(listener: (request: ClusterRequest) => void): void {
    this.#listeners.push(listener);
  }

  page(request: PageRequest, signal: AbortSignal): Promise<Page> {
    return this.#carryOut({ kind: "page", request }, signal, () => this.#readPage(request));
  }

  row(table: TableShape, key: readonly Uint8Array[], _consistency: string, signal: AbortSignal) {
    return this.#carryOut({ kind: "row", table, key }, signal, () => {
      const row = this.#find(table).row(key);
      return row && { row, serverTimeMs: Math.floor(this.utcMs) };
    });
  }

  group<Item extends Groupable>(_table: TableShape, items: readonly Item[]): readonly (readonly Item[])[] {
    const sets = BigInt(this.#options.replicaSets ?? 3);
    const bySet = Map.groupBy(items, (item) => BigInt.asUintN(64, item.token) % sets);
    return [...bySet.values()].flatMap((all) =>
      Array.from({ length: Math.ceil(all.length / GROUP_ROWS) }, (_, index) =>
        all.slice(index * GROUP_ROWS, (index + 1) * GROUP_ROWS),
      ),
    );
  }

  send(
    table: TableShape,
    mutations: readonly Mutation[],
    _consistency: string,
    signal: AbortSignal,
  ): Promise<void> {
    return this.#carryOut({ kind: "send", table, mutations }, signal, () => {
      for (const { key, cells } of mutations) {
        for (const cell of cells) this.#find(table).write(key, cell);
      }
    });
  }

  async compareAndSet(
    table: TableShape,
    key: readonly Uint8Array[],
    cells: readonly ConditionalCell[],
    _consistency: string,
    signal: AbortSignal,
  ): Promise<"applied" | "lost" | "unknown"> {
    const request: ClusterRequest = { kind: "compareAndSet", table, key, cells };
    const unknown = this.#faults.find((candidate) => candidate.kind === request.kind)?.fault.applied;
    try {
      return await this.#carryOut(request, signal, () => this.#compareAndSet(table, key, cells));
    } catch (error) {
      if (unknown === undefined || signal.aborted) throw error;
      return "unknown";
    }
  }

  #readPage(request: PageRequest): Page {
    const { table, range, cursor, maxRows } = request;
    const found = this.#find(table).rows(range, table.scan).filter(comesAfter(cursor, request));
    const rows = found.slice(0, maxRows);
    const last = rows.at(-1);
    return {
      rows,
      next: last && found.length > rows.length ? cursorAfter(last, request) : undefined,
      serverTimeMs: last && Math.floor(this.utcMs),
      bytes: rows.reduce((sum, row) => sum + bytesOf(row), 0),
    };
  }

  /** The write has the server's timestamp: over a cell dated ahead it says applied and changes nothing. */
  #compareAndSet(
    shape: TableShape,
    key: readonly Uint8Array[],
    cells: readonly ConditionalCell[],
  ): "applied" | "lost" {
    return this.#find(shape).compareAndSet(key, cells) ? "applied" : "lost";
  }

  #carryOut<Result>(request: ClusterRequest, signal: AbortSignal, effect: () => Result): Promise<Result> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const { latencyMs = 1 } = this.#options;
    const at = this.#faults.findIndex((candidate) => candidate.kind === request.kind);
    const fault = at < 0 ? {} : this.#faults.splice(at, 1)[0]!.fault;
    const answer = (async () => {
      await this.#travel(latencyMs + (fault.delayMs ?? 0));
      let result: Result | undefined;
      if (fault.error === undefined || fault.applied) {
        for (const listener of this.#listeners) listener(request);
        result = effect();
      }
      await this.#travel(latencyMs + (fault.replyDelayMs ?? 0));
      if (fault.error !== undefined) throw fault.error;
      return result as Result;
    })();
    return untilAborted(answer, signal);
  }

  async #travel(ms: number): Promise<void> {
    if (ms > 0) await this.time.wait(ms);
  }

  #find(shape: TableShape): MemoryTable {
    const table = this.table(shape.keyspace, shape.name);
    if (table && table.shape.tableId === shape.tableId) return table;
    throw new RekeyError("CLUSTER.INVALID_QUERY", `there is no table ${shape.keyspace}.${shape.name}`);
  }
}

function bytesOf(row: Row): number {
  const cells = row.cells.reduce((sum, cell) => sum + (cell ? cell.value.length + 20 : 0), 0);
  return row.key.reduce((sum, part) => sum + part.length, cells);
}
