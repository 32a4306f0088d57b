import { encodeKey, type Mutation, RekeyError, type Row } from "@cassandra-rekey/core";
import type {
  ClusterListener,
  ClusterNode,
  ClusterRequest,
  Fault,
  ReplicatedCluster,
  StoredCell,
  StoredChange,
} from "../../packages/testkit/src/index.ts";
import { CallCounter } from "./call-counter.ts";
import type { Encounters } from "./encounters.ts";
import type { Scenario } from "./scenario.ts";

/** Brings a scenario's trouble to the engine's requests, and counts what they meet at the cluster. */
export class ClusterWatch implements ClusterListener {
  isFaulty = true;
  readonly #cluster: ReplicatedCluster;
  readonly #scenario: Scenario;
  readonly #encounters: Encounters;
  readonly #trace: (line: string) => void;
  readonly #requests = new CallCounter();
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
    const isCall = this.#requests.next(request.kind);
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

  pageRead(rows: readonly Row[]): void {
    for (const { key, cells } of rows) {
      this.#lookForExpired(key);
      for (const [index, cell] of cells.entries()) {
        if (cell?.ttl === undefined) continue;
        this.#ends.set(placeOf(key, this.#columns[index]!), this.#cluster.time.nowMs + cell.ttl * 1000);
      }
    }
  }

  apply(node: ClusterNode, change: StoredChange, by: "engine" | "application" | "hint" | "repair"): void {
    this.#trace(
      `${by} at node ${node.index}: ${change.cells.map(([column, cell]) => `${column} ${cell.timestamp}`)}`,
    );
    if (by === "hint") this.#encounters.meet("hint delivered");
    if (by === "repair") this.#encounters.meet("read repair");
    const row = node.replica.row(change.key);
    for (const [column, cell] of change.cells) this.#meetCell(cell, row?.stored(column), by);
  }

  purged(tombstones: number): void {
    this.#encounters.meet("purged tombstone", tombstones);
  }

  get #columns(): readonly string[] {
    return this.#cluster.shape.columns.map(({ name }) => name);
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

  #sent({ key, cells }: Mutation): void {
    for (const { column } of cells) this.#ends.delete(placeOf(key, column));
    this.#lookForExpired(key);
  }

  /** A row is read again, or goes back without a cell that was read and has expired since. */
  #lookForExpired(key: readonly Uint8Array[]): void {
    for (const column of this.#columns) {
      const endMs = this.#ends.get(placeOf(key, column));
      if (endMs === undefined || endMs > this.#cluster.time.nowMs) continue;
      this.#ends.delete(placeOf(key, column));
      this.#encounters.meet("expiry between our read and our write");
    }
  }
}

function placeOf(key: readonly Uint8Array[], column: string): string {
  return `${encodeKey(key)}/${column}`;
}

function textOf(cell: StoredCell): string {
  return cell.kind === "tombstone" ? "deleted" : Buffer.from(cell.value).toString("hex");
}
