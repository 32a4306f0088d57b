import {
  type CellSink,
  type CellSource,
  type ConditionalCell,
  type Groupable,
  type Mutation,
  type Page,
  type PageRequest,
  type Random,
  RekeyError,
  type Row,
  type TableSchema,
  type TableShape,
} from "@cassandra-rekey/core";
import { ClusterNode, type Hint } from "./cluster-node.ts";
import type { ClusterRequest, Fault } from "./memory-cluster.ts";
import { readFromQuorum } from "./quorum-read.ts";
import { quorumOf, writeToQuorum } from "./quorum-write.ts";
import { spreadToken } from "./replica.ts";
import { comesAfter, cursorAfter } from "./scan-position.ts";
import { type SimulatedTableOptions, schemaOf, shapeOf, staticShapeOf } from "./simulated-table.ts";
import { compareBytes } from "./stored-cell.ts";
import { changeOf, type Statement, type StoredChange, storedCell } from "./stored-change.ts";
import type { StoredRow } from "./stored-row.ts";
import { untilAborted } from "./until-aborted.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** How a {@link ReplicatedCluster} is made. */
export interface ReplicatedClusterOptions {
  readonly table: SimulatedTableOptions;
  /** How far each node's clock is ahead of true time, milliseconds; as many nodes as numbers. */
  readonly aheadMs: readonly number[];
  /** 3 by default. */
  readonly replicationFactor?: number;
  /** From a client to its coordinator, milliseconds, and as many back. */
  readonly latencyMs?: number;
  /** From a coordinator to a replica, milliseconds, and as many back. */
  readonly hopMs?: number;
  readonly writeTimeoutMs?: number;
  /** How long a hint waits at least before it is delivered, milliseconds. */
  readonly hintDelayMs?: number;
}

/** What happens inside, for tests that count it. */
export interface ClusterListener {
  /** The engine's request at the moment it is sent: what goes wrong with it. */
  fault?(request: ClusterRequest): Fault | undefined;
  /** A page was read for the engine, and is on its way. */
  pageRead?(rows: readonly Row[]): void;
  /** A replica is about to take a change in. */
  apply?(node: ClusterNode, change: StoredChange, by: "engine" | "application" | "hint" | "repair"): void;
  purged?(tombstones: number): void;
}

/** Rows that a group holds at most, as the server's default threshold has it. */
const GROUP_ROWS = 10;

/**
 * One table on several nodes in memory, under virtual time. Each row has its replicas; reads and writes are those of
 * a quorum, with hints for replicas that missed a write and a repair of those that a read found behind. Which node
 * coordinates and which replicas answer is drawn for each request.
 */
export class ReplicatedCluster implements CellSource, CellSink {
  readonly time: VirtualTime;
  readonly shape: TableShape;
  readonly schema: TableSchema;
  readonly nodes: readonly ClusterNode[];
  listener: ClusterListener = {};
  readonly #random: Random;
  readonly #options: Required<Omit<ReplicatedClusterOptions, "table" | "aheadMs">>;
  readonly #token: (partitionKey: Uint8Array) => bigint;
  readonly #hints = new Set<Hint>();
  #truncatedMs = Number.NEGATIVE_INFINITY;
  #lastBallot = 0n;

  constructor(time: VirtualTime, random: Random, { table, aheadMs, ...options }: ReplicatedClusterOptions) {
    this.time = time;
    this.#random = random;
    this.#options = {
      replicationFactor: 3,
      latencyMs: 2,
      hopMs: 1,
      writeTimeoutMs: 2_000,
      hintDelayMs: 1_000,
      ...options,
    };
    this.shape = shapeOf(table);
    this.schema = schemaOf(this.shape, staticShapeOf(this.shape, table), table);
    this.#token = table.token ?? spreadToken;
    this.nodes = aheadMs.map((ahead, index) => new ClusterNode(index, time, ahead, table.token));
  }

  /**
   * An application's statement: resolves when a quorum has it. `onChange` is told what it came to at the coordinator;
   * before that nobody can see anything of it.
   */
  execute(statement: Statement, onChange: (change: StoredChange) => void, travelMs = 0): Promise<void> {
    return this.#carryOut({ delayMs: travelMs }, async (coordinator) => {
      const time = coordinator.statementTime(this.schema.defaultTimeToLive);
      const change = changeOf(statement, time);
      const writing = this.#write([change], "application");
      onChange(change);
      await writing;
    });
  }

  /** An application's read of one row, with the second in which its coordinator read it. */
  query(key: readonly Uint8Array[]): Promise<{ readonly row: Row | undefined; readonly nowSeconds: number }> {
    return this.#carryOut({}, async (coordinator) => {
      const { nowSeconds } = coordinator;
      const [row] = await this.#read((replica) => [replica.row(key)].filter((found) => found !== undefined));
      return { row: row?.exists(nowSeconds) ? row.read(this.shape, nowSeconds) : undefined, nowSeconds };
    });
  }

  /** Puts a statement on every replica at once, as the first node's clock has it. */
  load(statement: Statement): StoredChange {
    const change = changeOf(statement, this.nodes[0]!.statementTime(this.schema.defaultTimeToLive));
    for (const node of this.#replicasOf(change)) node.replica.apply(change);
    return change;
  }

  /** What a read of one row sees now through a coordinator of no skew and two of its replicas, `omitting` the third. */
  peek(key: readonly Uint8Array[], omitting: number): Row | undefined {
    const replicas = this.#replicasAt(this.#token(key[0]!));
    const [first, second] = replicas.filter((_, index) => index !== omitting % replicas.length);
    const row = [first!, second!].reduce<StoredRow | undefined>((merged, node) => {
      const known = node.replica.row(key);
      if (!known || !merged) return known?.copy() ?? merged;
      merged.merge(known.contents());
      return merged;
    }, undefined);
    const now = Math.floor(this.time.utcMs / 1000);
    return row?.exists(now) ? row.read(this.shape, now) : undefined;
  }

  /** TRUNCATE: needs every node, and leaves no tombstone. Hints from before are worth nothing afterwards. */
  truncate(): boolean {
    if (this.nodes.some((node) => !node.isUp)) return false;
    for (const node of this.nodes) node.replica.clear();
    this.#truncatedMs = this.time.nowMs;
    return true;
  }

  /** A major compaction on every node. */
  compact(): void {
    for (const node of this.nodes) {
      const purged = node.replica.purge(this.schema.gcGraceSeconds, node.nowSeconds);
      if (purged > 0) this.listener.purged?.(purged);
    }
  }

  page(request: PageRequest, signal: AbortSignal): Promise<Page> {
    const { range, cursor, maxRows } = request;
    return this.#request({ kind: "page", request }, signal, async (coordinator) => {
      const now = coordinator.nowSeconds;
      const found = (await this.#read((replica) => replica.rows(range)))
        .filter((row) => row.exists(now))
        .map((row) => row.read(this.shape, now))
        .filter(comesAfter(cursor, request));
      const rows = found.slice(0, maxRows);
      const last = rows.at(-1);
      this.listener.pageRead?.(rows);
      return {
        rows,
        next: last && found.length > rows.length ? cursorAfter(last, request) : undefined,
        // TTLs are counted from when the query began, the clock is read when its rows are made.
        serverTimeMs: last && Math.floor(coordinator.utcMs),
        bytes: rows.length * 100,
      };
    });
  }

  row(table: TableShape, key: readonly Uint8Array[], _consistency: string, signal: AbortSignal) {
    return this.#request({ kind: "row", table, key }, signal, async (coordinator) => {
      const now = coordinator.nowSeconds;
      const [row] = await this.#read((replica) => [replica.row(key)].filter((found) => found !== undefined));
      if (!row?.exists(now)) return undefined;
      return { row: row.read(this.shape, now), serverTimeMs: Math.floor(coordinator.utcMs) };
    });
  }

  group<Item extends Groupable>(_table: TableShape, items: readonly Item[]): readonly (readonly Item[])[] {
    const bySet = Map.groupBy(items, (item) => this.#firstReplica(item.token));
    return [...bySet.values()].flatMap((all) =>
      Array.from({ length: Math.ceil(all.length / GROUP_ROWS) }, (_, index) =>
        all.slice(index * GROUP_ROWS, (index + 1) * GROUP_ROWS),
      ),
    );
  }

  send(table: TableShape, mutations: readonly Mutation[], _consistency: string, signal: AbortSignal) {
    return this.#request({ kind: "send", table, mutations }, signal, async (coordinator) => {
      const { nowSeconds } = coordinator;
      const changes = mutations.map(
        ({ key, cells }): StoredChange => ({
          key,
          cells: cells.map(({ column, value, timestamp, ttl }) => [
            column,
            storedCell(value, timestamp, ttl, nowSeconds),
          ]),
        }),
      );
      await this.#write(changes, "engine");
    });
  }

  /** One at a time and at once, as Paxos would have it, where a quorum is up. */
  async compareAndSet(
    table: TableShape,
    key: readonly Uint8Array[],
    cells: readonly ConditionalCell[],
    _consistency: string,
    signal: AbortSignal,
  ): Promise<"applied" | "lost" | "unknown"> {
    return this.#request({ kind: "compareAndSet", table, key, cells }, signal, async (coordinator) => {
      const replicas = this.#replicasAt(this.#token(key[0]!));
      const up = replicas.filter((node) => node.isUp);
      if (up.length < quorumOf(replicas.length)) throw unavailable();
      const rows = up.map((node) => node.replica.row(key)).filter((row) => row !== undefined);
      const row = rows[0]?.copy();
      for (const other of rows.slice(1)) row?.merge(other.contents());
      const now = coordinator.nowSeconds;
      const holds = cells.every(({ column, expected }) => {
        const live = row?.live(column, now);
        return live !== undefined && compareBytes(live.value, expected) === 0;
      });
      if (!holds) return "lost";
      const own = coordinator.stamp();
      this.#lastBallot = own > this.#lastBallot ? own : this.#lastBallot + 1n;
      const written = cells.map(
        ({ column, value, ttl }) => [column, storedCell(value, this.#lastBallot, ttl, now)] as const,
      );
      const change: StoredChange = { key, cells: written };
      for (const node of replicas) {
        if (node.isUp) this.#apply(node, change, "engine");
        else this.#keepHint({ node, change, createdMs: this.time.nowMs });
      }
      return "applied";
    });
  }

  #request<Result>(
    request: ClusterRequest,
    signal: AbortSignal,
    effect: (coordinator: ClusterNode) => Promise<Result>,
  ): Promise<Result> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const fault = this.listener.fault?.(request) ?? {};
    return untilAborted(this.#carryOut(fault, effect), signal);
  }

  async #carryOut<Result>(
    fault: Fault,
    effect: (coordinator: ClusterNode) => Promise<Result>,
  ): Promise<Result> {
    const { latencyMs } = this.#options;
    const coordinator = this.#shuffled().find((node) => node.isUp);
    if (!coordinator) throw new RekeyError("CLUSTER.UNREACHABLE", "made up: no node is up");
    await this.time.wait(latencyMs + (fault.delayMs ?? 0));
    let result: Result | undefined;
    if (fault.error === undefined || fault.applied) {
      if (!coordinator.isUp) throw new RekeyError("CLUSTER.TIMEOUT", "made up: the coordinator is gone");
      result = await effect(coordinator);
    }
    await this.time.wait(latencyMs + (fault.replyDelayMs ?? 0));
    if (fault.error !== undefined) throw fault.error;
    if (!coordinator.isUp) throw new RekeyError("CLUSTER.TIMEOUT", "made up: the coordinator is gone");
    return result as Result;
  }

  #read(select: Parameters<typeof readFromQuorum>[0]): Promise<readonly StoredRow[]> {
    const { hopMs } = this.#options;
    const available = this.nodes.every((_, first) => {
      const replicas = this.#replicasFrom(first);
      return replicas.filter((node) => node.isUp).length >= quorumOf(replicas.length);
    });
    if (!available) return Promise.reject(unavailable());
    return readFromQuorum(select, {
      time: this.time,
      hopMs,
      order: this.#shuffled(),
      replicasOf: (token) => this.#replicasAt(token),
      repair: (node, change) => this.#apply(node, change, "repair"),
    });
  }

  #write(changes: readonly StoredChange[], by: "engine" | "application"): Promise<void> {
    const { hopMs, writeTimeoutMs } = this.#options;
    return writeToQuorum(changes, {
      time: this.time,
      hopMs,
      timeoutMs: writeTimeoutMs,
      replicasOf: (change) => this.#replicasOf(change),
      keepHint: (hint) => this.#keepHint(hint),
      apply: (node, change) => this.#apply(node, change, by),
    });
  }

  #apply(node: ClusterNode, change: StoredChange, by: "engine" | "application" | "hint" | "repair"): void {
    this.listener.apply?.(node, change, by);
    node.replica.apply(change);
  }

  /** Delivered when the node is there again: not after gc_grace, and not what was truncated since. */
  #keepHint(hint: Hint): void {
    this.#hints.add(hint);
    this.time.after(this.#options.hintDelayMs, () => {
      this.#hints.delete(hint);
      if (!hint.node.isUp || hint.node.isDeaf) return this.#keepHint(hint);
      const ageMs = this.time.nowMs - hint.createdMs;
      if (hint.createdMs <= this.#truncatedMs || ageMs >= this.schema.gcGraceSeconds * 1000) return;
      this.#apply(hint.node, hint.change, "hint");
    });
  }

  /** Whether every replica has been told all that it missed. */
  get isAtRest(): boolean {
    return this.#hints.size === 0;
  }

  #replicasOf(change: StoredChange): readonly ClusterNode[] {
    return this.#replicasAt(this.#token(change.key[0]!));
  }

  #replicasAt(token: bigint): readonly ClusterNode[] {
    return this.#replicasFrom(this.#firstReplica(token));
  }

  #replicasFrom(first: number): readonly ClusterNode[] {
    const { length } = this.nodes;
    const count = Math.min(this.#options.replicationFactor, length);
    return Array.from({ length: count }, (_, step) => this.nodes[(first + step) % length]!);
  }

  #firstReplica(token: bigint): number {
    return Number(BigInt.asUintN(64, token) % BigInt(this.nodes.length));
  }

  #shuffled(): readonly ClusterNode[] {
    const left = [...this.nodes];
    const order: ClusterNode[] = [];
    while (left.length > 0) order.push(...left.splice(Math.floor(this.#random.fraction() * left.length), 1));
    return order;
  }
}

function unavailable(): RekeyError {
  return new RekeyError("CLUSTER.UNAVAILABLE", "made up: too few replicas are up");
}
