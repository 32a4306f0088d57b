import { encodeKey } from "@cassandra-rekey/core";
import { PaxosState } from "./paxos-state.ts";
import { Replica } from "./replica.ts";
import type { StatementTime } from "./stored-change.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** One node of a {@link ReplicatedCluster}: a replica, a coordinator's clock, and the trouble that it is in. */
export class ClusterNode {
  readonly index: number;
  readonly replica: Replica;
  readonly #time: VirtualTime;
  readonly #aheadMs: number;
  readonly #paxos = new Map<string, PaxosState>();
  isUp = true;
  /** Extra milliseconds for each message to this node from a coordinator. */
  slowMs = 0;
  /** Whether mutations that coordinators send to this node get lost; they keep hints. */
  isDeaf = false;
  #lastStamp = 0n;

  constructor(index: number, time: VirtualTime, aheadMs: number, token?: (key: Uint8Array) => bigint) {
    this.index = index;
    this.#time = time;
    this.#aheadMs = aheadMs;
    this.replica = new Replica(token);
  }

  /** This node's clock, milliseconds since the epoch. */
  get utcMs(): number {
    return this.#time.utcMs + this.#aheadMs;
  }

  get nowSeconds(): number {
    return Math.floor(this.utcMs / 1000);
  }

  /** A timestamp as this node makes it: its milliseconds with a counter below, never twice the same. */
  stamp(): bigint {
    const now = BigInt(Math.floor(this.utcMs)) * 1000n;
    this.#lastStamp = now > this.#lastStamp ? now : this.#lastStamp + 1n;
    return this.#lastStamp;
  }

  /** What it knows of the transactions on a partition. */
  paxos(partitionKey: Uint8Array): PaxosState {
    const id = encodeKey([partitionKey]);
    const known = this.#paxos.get(id) ?? new PaxosState();
    this.#paxos.set(id, known);
    return known;
  }

  /** Leaves neither data nor tombstones, nor transactions that are under way. */
  truncate(): void {
    this.replica.clear();
    this.#paxos.clear();
  }

  /** What this node's clock and counter make of statements. */
  statementTime(defaultTimeToLive: number): StatementTime {
    return { nowSeconds: this.nowSeconds, defaultTimeToLive, stamp: () => this.stamp() };
  }
}
