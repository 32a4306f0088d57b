import { type Random, RekeyError } from "@cassandra-rekey/core";
import type { ClusterNode } from "./cluster-node.ts";
import { carryOutTransaction, type PaxosEvent, type TransactionOutcome } from "./paxos-round.ts";
import type { Proposal } from "./paxos-state.ts";
import { quorumOf } from "./quorum-write.ts";
import type { StoredChange } from "./stored-change.ts";
import type { StoredRow } from "./stored-row.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** Whose change reaches a replica, and how. */
export type Origin = "engine" | "application" | "hint" | "repair";

/** What a cluster's transactions need of it. */
export interface TransactionParts {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly hopMs: number;
  readonly timeoutMs: number;
  readonly replicasOf: (key: readonly Uint8Array[]) => readonly ClusterNode[];
  readonly write: (
    change: StoredChange,
    apply: (node: ClusterNode, change: StoredChange) => void,
  ) => Promise<void>;
  readonly apply: (node: ClusterNode, change: StoredChange, by: Origin) => void;
  readonly onEvent: (event: PaxosEvent) => void;
}

/** One lightweight transaction on a row. */
export interface Transaction {
  readonly by: "engine" | "application";
  readonly key: readonly Uint8Array[];
  /** What the row gets, from what all decided transactions left of it; `undefined` for nothing. */
  readonly decide: (row: StoredRow | undefined) => StoredChange | undefined;
  readonly onDecided?: (change: StoredChange) => void;
  readonly diesWhenAcceptedBy?: number | undefined;
}

/** Lightweight transactions on the rows of a cluster, and reads at a serial level. */
export class ClusterTransactions {
  readonly #parts: TransactionParts;

  constructor(parts: TransactionParts) {
    this.#parts = parts;
  }

  /** Rejects with `CLUSTER.UNAVAILABLE`, with nothing done, when no quorum is up. */
  carryOut(coordinator: ClusterNode, transaction: Transaction): Promise<TransactionOutcome> {
    const { replicasOf, apply, write, ...parts } = this.#parts;
    const { by, key, decide, onDecided = () => {}, diesWhenAcceptedBy } = transaction;
    const replicas = replicasOf(key);
    if (replicas.filter((node) => node.isUp).length < quorumOf(replicas.length)) {
      return Promise.reject(
        new RekeyError("CLUSTER.UNAVAILABLE", "made up: too few replicas are up for a transaction"),
      );
    }
    const applyAt = (node: ClusterNode, proposal: Proposal) => {
      apply(node, proposal.change!, by);
      node.paxos(key[0]!).commit(proposal);
    };
    return carryOutTransaction({
      ...parts,
      coordinator,
      replicas,
      key,
      decide,
      onDecided,
      commit: (proposal) => write(proposal.change!, (node) => applyAt(node, proposal)),
      applyAt,
      diesWhenAcceptedBy,
    });
  }

  /** What other coordinators left in the middle is brought to its end first. Rejects with `CLUSTER.TIMEOUT`. */
  async read(coordinator: ClusterNode, key: readonly Uint8Array[]): Promise<StoredRow | undefined> {
    let seen: StoredRow | undefined;
    const decide = (row: StoredRow | undefined) => {
      seen = row;
      return undefined;
    };
    const outcome = await this.carryOut(coordinator, { by: "application", key, decide });
    if (outcome === "lost") return seen;
    throw new RekeyError("CLUSTER.TIMEOUT", "made up: too few replicas answered");
  }
}
