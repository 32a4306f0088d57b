import {
  type CellSink,
  type CellSource,
  type ConditionalCell,
  type Groupable,
  isRekeyError,
  type Mutation,
  type Page,
  type PageRequest,
  type Random,
  RekeyError,
  type Row,
  type TableSchema,
  type TableShape,
  untilAborted,
} from "@cassandra-rekey/core";
import { placeOf } from "./cell-place.ts";
import { ClusterNode } from "./cluster-node.ts";
import { ClusterTransactions, type Origin, type Transaction } from "./cluster-transactions.ts";
import { type Condition, conditionHolds } from "./condition.ts";
import { Hints } from "./hints.ts";
import type { ClusterRequest, Fault } from "./memory-cluster.ts";
import type { PaxosEvent, TransactionOutcome } from "./paxos-round.ts";
import { Placement } from "./placement.ts";
import { readFromQuorum } from "./quorum-read.ts";
import { quorumOf, writeToQuorum } from "./quorum-write.ts";
import { isPartition, spreadToken } from "./replica.ts";
import { comesAfter, cursorAfter } from "./scan-position.ts";
import { partitionsOf, rowsOf } from "./scanned-rows.ts";
import { type SimulatedTableOptions, schemaOf, shapeOf, staticShapeOf } from "./simulated-table.ts";
import { changeOf, type Statement, type StoredChange, storedCell } from "./stored-change.ts";
import type { StoredRow } from "./stored-row.ts";
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
  pageRead?(table: TableShape, rows: readonly Row[]): void;
  /** A replica is about to take a change in. */
  apply?(node: ClusterNode, change: StoredChange, by: Origin): void;
  purged?(tombstones: number): void;
  /** What a lightweight transaction went through. */
  transaction?(event: PaxosEvent): void;
  /** A compare-and-set of the engine has its answer, which is on its way. */
  comparedAndSet?(key: readonly Uint8Array[], outcome: TransactionOutcome): void;
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
  /** The shape of a pass over the static columns. */
  readonly staticShape: TableShape;
  readonly schema: TableSchema;
  readonly nodes: readonly ClusterNode[];
  listener: ClusterListener = {};
  readonly #random: Random;
  readonly #options: Required<Omit<ReplicatedClusterOptions, "table" | "aheadMs">>;
  readonly #placement: Placement;
  readonly #hints: Hints;
  readonly #transactions: ClusterTransactions;

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
    this.staticShape = staticShapeOf(this.shape, table);
    this.schema = schemaOf(this.shape, this.staticShape, table);
    this.nodes = aheadMs.map((ahead, index) => new ClusterNode(index, time, ahead, table.token));
    this.#hints = new Hints({
      time,
      delayMs: this.#options.hintDelayMs,
      gcGraceMs: this.schema.gcGraceSeconds * 1000,
      deliver: ({ node, change }) => this.#apply(node, change, "hint"),
    });
    this.#placement = new Placement(this.nodes, this.#options.replicationFactor, table.token ?? spreadToken);
    this.#transactions = new ClusterTransactions({
      time,
      random,
      hopMs: this.#options.hopMs,
      timeoutMs: this.#options.writeTimeoutMs,
      replicasOf: (key) => this.#placement.of(key),
      write: (change, apply) => this.#write([change], apply),
      apply: (node, change, by) => this.#apply(node, change, by),
      onEvent: (event) => this.listener.transaction?.(event),
    });
  }

  /**
   * An application's statement: resolves when a quorum has it. `onChange` is told what it came to at the coordinator;
   * before that nobody can see anything of it.
   */
  execute(statement: Statement, onChange: (change: StoredChange) => void, travelMs = 0): Promise<void> {
    return this.#carryOut({ delayMs: travelMs }, async (coordinator) => {
      const time = coordinator.statementTime(this.schema.defaultTimeToLive);
      const change = changeOf(statement, time);
      const writing = this.#write([change], (node, to) => this.#apply(node, to, "application"));
      onChange(change);
      await writing;
    });
  }

  /**
   * An application's lightweight transaction: one partition decides one after the other. `onDecided` is told what it came
   * to before anybody can see anything of it, even when its own coordinator never hears; again when that gets other
   * timestamps. Rejects, with nothing done, where too few replicas are up.
   */
  transact(
    statement: Statement,
    condition: Condition,
    onDecided: (change: StoredChange) => void,
    travelMs = 0,
  ): Promise<TransactionOutcome> {
    const fault = this.listener.fault?.({ kind: "transaction", statement }) ?? {};
    const delayMs = travelMs + (fault.delayMs ?? 0);
    return this.#transaction({ ...fault, delayMs }, (coordinator) => {
      const time = coordinator.statementTime(this.schema.defaultTimeToLive);
      const decide = (row: StoredRow | undefined) =>
        conditionHolds(condition, row, time.nowSeconds) ? changeOf(statement, time) : undefined;
      return { by: "application", key: statement.key, decide, onDecided };
    });
  }

  /** An application's read of one row, with the second in which its coordinator read it. */
  query(
    key: readonly Uint8Array[],
    consistency = "QUORUM",
  ): Promise<{ readonly row: Row | undefined; readonly nowSeconds: number }> {
    return this.#carryOut({}, async (coordinator) => {
      const { nowSeconds } = coordinator;
      const row = await this.#readRow(coordinator, key, consistency);
      return { row: this.#seen(row, nowSeconds), nowSeconds };
    });
  }

  /** Puts a statement on every replica at once, as the first node's clock has it. */
  load(statement: Statement): StoredChange {
    const change = changeOf(statement, this.nodes[0]!.statementTime(this.schema.defaultTimeToLive));
    for (const node of this.#placement.of(change.key)) node.replica.apply(change);
    return change;
  }

  /** What a read of one row sees now through a coordinator of no skew and two of its replicas, `omitting` the third. */
  peek(key: readonly Uint8Array[], omitting: number): Row | undefined {
    const replicas = this.#placement.of(key);
    const [first, second] = replicas.filter((_, index) => index !== omitting % replicas.length);
    const row = [first!, second!].reduce<StoredRow | undefined>((merged, node) => {
      const known = node.replica.row(key);
      if (!known || !merged) return known?.copy() ?? merged;
      merged.merge(known.contents());
      return merged;
    }, undefined);
    return this.#seen(row, Math.floor(this.time.utcMs / 1000));
  }

  #seen(row: StoredRow | undefined, nowSeconds: number): Row | undefined {
    if (!row?.exists(nowSeconds)) return undefined;
    return row.read(isPartition(row.key) ? this.staticShape : this.shape, nowSeconds);
  }

  /** TRUNCATE: needs every node, and leaves no tombstone, no hint, and no transaction that is under way. */
  truncate(): boolean {
    if (this.nodes.some((node) => !node.isUp)) return false;
    for (const node of this.nodes) node.truncate();
    this.#hints.truncate();
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
    const { table, range, cursor, maxRows } = request;
    return this.#request({ kind: "page", request }, signal, async (coordinator) => {
      const now = coordinator.nowSeconds;
      const stored = await this.#read((replica) => replica.rows(range));
      const found = (table.scan === "partitions" ? partitionsOf : rowsOf)(stored, table, now).filter(
        comesAfter(cursor, request),
      );
      const rows = found.slice(0, maxRows);
      const last = rows.at(-1);
      this.listener.pageRead?.(table, rows);
      return {
        rows,
        next: last && found.length > rows.length ? cursorAfter(last, request) : undefined,
        // TTLs are counted from when the query began, the clock is read when its rows are made.
        serverTimeMs: last && Math.floor(coordinator.utcMs),
        bytes: rows.length * 100,
      };
    });
  }

  row(table: TableShape, key: readonly Uint8Array[], consistency: string, signal: AbortSignal) {
    return this.#request({ kind: "row", table, key }, signal, async (coordinator) => {
      const now = coordinator.nowSeconds;
      const row = await this.#readRow(coordinator, key, consistency);
      if (!row?.exists(now)) return undefined;
      return { row: row.read(table, now), serverTimeMs: Math.floor(coordinator.utcMs) };
    });
  }

  group<Item extends Groupable>(_table: TableShape, items: readonly Item[]): readonly (readonly Item[])[] {
    const bySet = Map.groupBy(items, (item) => this.#placement.first(item.token));
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
          cells: cells.map(({ value, timestamp, ttl, ...place }) => [
            placeOf(place),
            storedCell(value, timestamp, ttl, nowSeconds),
          ]),
        }),
      );
      await this.#write(changes, (node, change) => this.#apply(node, change, "engine"));
    });
  }

  async compareAndSet(
    table: TableShape,
    key: readonly Uint8Array[],
    cells: readonly ConditionalCell[],
    _consistency: string,
    signal: AbortSignal,
  ): Promise<TransactionOutcome> {
    if (signal.aborted) throw signal.reason;
    const fault = this.listener.fault?.({ kind: "compareAndSet", table, key, cells }) ?? {};
    const condition = Object.fromEntries(cells.map((cell) => [placeOf(cell), cell.expected]));
    const answer = this.#transaction(fault, ({ nowSeconds }) => {
      const change: StoredChange = {
        key,
        cells: cells.map((cell) => [placeOf(cell), storedCell(cell.value, 0n, cell.ttl, nowSeconds)]),
      };
      const decide = (row: StoredRow | undefined) =>
        conditionHolds(condition, row, nowSeconds) ? change : undefined;
      return { by: "engine", key, decide };
    });
    const outcome = await untilAborted(answer, signal);
    this.listener.comparedAndSet?.(key, outcome);
    return outcome;
  }

  /** As a client sees it: who hears nothing, or that nobody answered, does not know what became of it. */
  async #transaction(
    fault: Fault,
    begin: (coordinator: ClusterNode) => Transaction,
  ): Promise<TransactionOutcome> {
    const { diesWhenAcceptedBy } = fault;
    try {
      return await this.#carryOut(fault, (coordinator) =>
        this.#transactions.carryOut(coordinator, { ...begin(coordinator), diesWhenAcceptedBy }),
      );
    } catch (error) {
      if (isRekeyError(error) && error.code === "CLUSTER.TIMEOUT") return "unknown";
      throw error;
    }
  }

  /** At a serial level what other coordinators left in the middle is brought to its end first. */
  async #readRow(
    coordinator: ClusterNode,
    key: readonly Uint8Array[],
    consistency: string,
  ): Promise<StoredRow | undefined> {
    if (!consistency.endsWith("SERIAL")) {
      const found = await this.#read((replica) => [replica.row(key)].filter((row) => row !== undefined));
      return found[0];
    }
    return this.#transactions.read(coordinator, key);
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
    const coordinator = this.#placement.shuffled(this.#random).find((node) => node.isUp);
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
    const available = this.#placement.sets.every(
      (replicas) => replicas.filter((node) => node.isUp).length >= quorumOf(replicas.length),
    );
    if (!available) return Promise.reject(unavailable());
    return readFromQuorum(select, {
      time: this.time,
      hopMs,
      order: this.#placement.shuffled(this.#random),
      replicasOf: (token) => this.#placement.at(token),
      repair: (node, change) => this.#apply(node, change, "repair"),
    });
  }

  #write(
    changes: readonly StoredChange[],
    apply: (node: ClusterNode, change: StoredChange) => void,
  ): Promise<void> {
    const { hopMs, writeTimeoutMs } = this.#options;
    return writeToQuorum(changes, {
      time: this.time,
      hopMs,
      timeoutMs: writeTimeoutMs,
      replicasOf: (change) => this.#placement.of(change.key),
      keepHint: (hint) => this.#hints.keep(hint),
      apply,
    });
  }

  #apply(node: ClusterNode, change: StoredChange, by: Origin): void {
    this.listener.apply?.(node, change, by);
    node.replica.apply(change);
  }

  /** Whether every replica has been told all that it missed. */
  get isAtRest(): boolean {
    return this.#hints.areDelivered;
  }
}

function unavailable(): RekeyError {
  return new RekeyError("CLUSTER.UNAVAILABLE", "made up: too few replicas are up");
}
