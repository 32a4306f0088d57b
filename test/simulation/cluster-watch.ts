import {
  type CellWrite,
  encodeKey,
  type Mutation,
  RekeyError,
  type Row,
  type TableShape,
} from "@cassandra-rekey/core";
import type {
  ClusterListener,
  ClusterNode,
  ClusterRequest,
  Fault,
  PaxosEvent,
  ReplicatedCluster,
  StoredCell,
  StoredChange,
  TransactionOutcome,
} from "../../packages/testkit/src/index.ts";
import { columnOf, placeOf } from "../../packages/testkit/src/simulation/cell-place.ts";
import { CallCounter } from "./call-counter.ts";
import type { Encounters } from "./encounters.ts";
import { cellsAt, nameOf, placesOf, seenAt } from "./rows.ts";
import type { Scenario } from "./scenario.ts";

/** Brings a scenario's trouble to the engine's requests, and counts what they meet at the cluster. */
export class ClusterWatch implements ClusterListener {
  isFaulty = true;
  readonly #cluster: ReplicatedCluster;
  readonly #scenario: Scenario;
  readonly #encounters: Encounters;
  readonly #trace: (line: string) => void;
  readonly #requests = new CallCounter();
  readonly #transactions = { job: 0, application: 0 };
  /** Rows of which a transaction of ours lost since they were last read with their page. */
  readonly #lost = new Set<string>();
  /** How often a row lost to the application, as the job should count it. */
  raced = 0;
  /** When cells that were read and not written back yet expire, by row and column. */
  readonly #ends = new Map<string, number>();

  constructor(
    cluster: ReplicatedCluster,
    scenario: Scenario,
    encounters: Encounters,
    trace: (line: string) => void,
  ) {
    this.#cluster = cluster;
    this.#scenario = scenario;
    this.#encounters = encounters;
    this.#trace = trace;
  }

  fault(request: ClusterRequest): Fault | undefined {
    this.#trace(`request: ${request.kind}`);
    if (request.kind === "send") for (const mutation of request.mutations) this.#sent(mutation);
    if (request.kind === "compareAndSet") this.#sent(request);
    const { kind } = request;
    if (kind === "transaction" || kind === "compareAndSet") {
      const acceptedBy = this.#coordinatorDies(kind);
      if (acceptedBy !== undefined) return { diesWhenAcceptedBy: acceptedBy };
    }
    const isCall = this.#requests.next(kind === "send" || kind === "compareAndSet" ? "write" : kind);
    if (!this.isFaulty) return undefined;
    for (const trouble of this.#scenario.troubles) {
      if (trouble.kind !== "request" || !isCall(trouble)) continue;
      const { outcome, delayMs, replyDelayMs } = trouble;
      if (outcome === "answered") return { delayMs, replyDelayMs };
      const applied = outcome === "done but not answered";
      if (applied && request.kind === "send") this.#encounters.meet("unknown outcome of a write");
      return {
        delayMs,
        replyDelayMs,
        error: new RekeyError("CLUSTER.TIMEOUT", "made up: no answer"),
        applied,
      };
    }
    return undefined;
  }

  pageRead(_table: TableShape, rows: readonly Row[]): void {
    for (const row of rows) {
      const { key } = row;
      this.#lost.delete(encodeKey(key));
      this.#lookForExpired(key);
      for (const place of cellsAt(key)) {
        const { ttl } = seenAt(row, place) ?? {};
        if (ttl !== undefined) this.#ends.set(nameOfCell(key, place), this.#cluster.time.nowMs + ttl * 1000);
      }
    }
  }

  apply(node: ClusterNode, change: StoredChange, by: "engine" | "application" | "hint" | "repair"): void {
    this.#trace(
      `${by} at node ${node.index}: ${change.cells.map(([column, cell]) => `${column} ${cell.timestamp}`)}`,
    );
    if (by === "hint") this.#encounters.meet("hint delivered");
    if (by === "repair") this.#encounters.meet("read repair");
    if (change.overwritten) this.#encounters.meet("column written as a whole");
    if (by === "engine" && change.key.length === 1) this.#meetStatic(node, change);
    const row = node.replica.row(change.key);
    for (const [place, cell] of change.cells) {
      if (by === "engine" && columnOf(place) !== place) this.#encounters.meet("part of a column rewritten");
      this.#meetCell(cell, row?.stored(place), by);
    }
  }

  transaction(event: PaxosEvent): void {
    this.#trace(`transaction: ${event}`);
    this.#encounters.meet(
      event === "contention" ? "contention between transactions" : "transaction finished by a later one",
    );
  }

  comparedAndSet(key: readonly Uint8Array[], outcome: TransactionOutcome): void {
    this.#trace(`transaction of ours on ${nameOf(key)}: ${outcome}`);
    const row = encodeKey(key);
    if (outcome === "lost") {
      this.#encounters.meet("transaction of ours that lost");
      if (!this.#lost.has(row)) this.raced += 1;
      this.#lost.add(row);
    }
    if (outcome === "unknown") this.#encounters.meet("transaction of ours of unknown outcome");
  }

  purged(tombstones: number): void {
    this.#encounters.meet("purged tombstone", tombstones);
  }

  #coordinatorDies(kind: "transaction" | "compareAndSet"): number | undefined {
    const of = kind === "transaction" ? "application" : "job";
    const count = this.#transactions[of];
    this.#transactions[of] += 1;
    const found = this.#scenario.troubles.find(
      (trouble) =>
        trouble.kind === "transaction left in the middle" && trouble.of === of && trouble.call === count,
    );
    return this.isFaulty && found?.kind === "transaction left in the middle" ? found.acceptedBy : undefined;
  }

  #meetStatic(node: ClusterNode, { key }: StoredChange): void {
    this.#encounters.meet("static cell rewritten");
    const rows = placesOf(key).filter((place) => place.length > 1);
    if (rows.some((place) => node.replica.row(place)?.exists(node.nowSeconds))) return;
    this.#encounters.meet("static cell of a partition without rows rewritten");
  }

  #meetCell(cell: StoredCell, there: StoredCell | undefined, by: string): void {
    if (there?.timestamp === cell.timestamp && textOf(there) !== textOf(cell) && by !== "repair") {
      this.#encounters.meet("tie at one timestamp");
    }
    if (by !== "engine") return;
    if (there && there.timestamp > cell.timestamp) {
      this.#encounters.meet("write between our read and our write");
    }
    if (cell.kind === "expiring") this.#encounters.meet("expiring cell rewritten");
  }

  #sent({
    key,
    cells,
  }: Pick<Mutation, "key"> & { readonly cells: readonly Pick<CellWrite, "column" | "part">[] }): void {
    for (const cell of cells) this.#ends.delete(nameOfCell(key, placeOf(cell)));
    this.#lookForExpired(key);
  }

  /** A row is read again, or goes back without a cell that was read and has expired since. */
  #lookForExpired(key: readonly Uint8Array[]): void {
    for (const place of cellsAt(key)) {
      const endMs = this.#ends.get(nameOfCell(key, place));
      if (endMs === undefined || endMs > this.#cluster.time.nowMs) continue;
      this.#ends.delete(nameOfCell(key, place));
      this.#encounters.meet("expiry between our read and our write");
    }
  }
}

function nameOfCell(key: readonly Uint8Array[], place: string): string {
  return `${encodeKey(key)}/${place}`;
}

function textOf(cell: StoredCell): string {
  return cell.kind === "tombstone" ? "deleted" : Buffer.from(cell.value).toString("hex");
}
