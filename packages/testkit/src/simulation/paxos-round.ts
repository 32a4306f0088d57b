import type { Random } from "@cassandra-rekey/core";
import type { ClusterNode } from "./cluster-node.ts";
import { stampedAt } from "./condition.ts";
import { type Ballot, newestOf, type Proposal } from "./paxos-state.ts";
import { quorumOf } from "./quorum-write.ts";
import type { StoredChange } from "./stored-change.ts";
import { StoredRow } from "./stored-row.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** How a lightweight transaction ended, as its coordinator tells it. */
export type TransactionOutcome = "applied" | "lost" | "unknown";

/** What a coordinator needs for a transaction on one row. */
export interface PaxosParts {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly hopMs: number;
  readonly timeoutMs: number;
  readonly coordinator: ClusterNode;
  readonly replicas: readonly ClusterNode[];
  readonly key: readonly Uint8Array[];
  /** What the row gets, from what all decided transactions left of it; `undefined` for nothing. */
  readonly decide: (row: StoredRow | undefined) => StoredChange | undefined;
  readonly onDecided: (change: StoredChange) => void;
  /** Brings a decided proposal to a quorum. */
  readonly commit: (proposal: Proposal) => Promise<void>;
  readonly applyAt: (node: ClusterNode, proposal: Proposal) => void;
  readonly onEvent: (event: PaxosEvent) => void;
  /** The coordinator dies when so many replicas have accepted its proposal. */
  readonly diesWhenAcceptedBy?: number | undefined;
}

/** Another round was newer; or one that was left in the middle was brought to its end by a later one. */
export type PaxosEvent = "contention" | "finished by a later transaction";

type Answer =
  | { readonly node: ClusterNode; readonly refusedBy: Ballot }
  | {
      readonly node: ClusterNode;
      readonly refusedBy?: undefined;
      readonly accepted: Proposal | undefined;
      readonly committed: Proposal | undefined;
      readonly known: StoredChange | undefined;
    };

/** Milliseconds that a round waits at most before it tries again with a newer ballot. */
const LONGEST_BACKOFF_MS = 100;

/**
 * Carries out one transaction as a coordinator does: a quorum promises and tells what it knows, what was left in the middle
 * is brought to its end first, then a quorum accepts, then the change goes to all replicas. One partition decides
 * one transaction after the other. Like the server, it tells `"unknown"` when anything but a clear refusal was heard.
 */
export async function carryOutTransaction(parts: PaxosParts): Promise<TransactionOutcome> {
  const { time, timeoutMs } = parts;
  const round = new PaxosRound(parts, time.nowMs + timeoutMs);
  for (;;) {
    const outcome = await round.attempt();
    if (outcome !== "again") return outcome;
  }
}

class PaxosRound {
  readonly #parts: PaxosParts;
  readonly #deadlineMs: number;
  readonly #quorum: number;
  /** Refused below this, microseconds. */
  #above = 0n;

  constructor(parts: PaxosParts, deadlineMs: number) {
    this.#parts = parts;
    this.#deadlineMs = deadlineMs;
    this.#quorum = quorumOf(parts.replicas.length);
  }

  async attempt(): Promise<TransactionOutcome | "again"> {
    const { coordinator, decide, onDecided, time } = this.#parts;
    if (time.nowMs >= this.#deadlineMs || !coordinator.isUp) return "unknown";
    const own = coordinator.stamp();
    const ballot: Ballot = { micros: own > this.#above ? own : this.#above + 1n };
    const answers = await this.#prepare(ballot);
    const newer = answers.flatMap(({ refusedBy }) => (refusedBy ? [refusedBy.micros] : []));
    if (newer.length > 0) return this.#backOff(newer);
    const promises = answers.filter((answer) => answer.refusedBy === undefined);
    if (promises.length < this.#quorum || !coordinator.isUp) return "unknown";
    const latest = newestOf(promises.map(({ committed }) => committed));
    const unfinished = newestOf([latest, ...promises.map(({ accepted }) => accepted)]);
    if (unfinished?.change && unfinished !== latest) return this.#finish(unfinished, ballot);
    const behind = promises.filter(({ committed }) => committed !== latest).map(({ node }) => node);
    if (latest && behind.length > 0) return this.#catchUp(behind, latest, ballot);
    const change = decide(mergedRow(promises.map(({ known }) => known)));
    const proposal = { ballot, change: change && stampedAt(change, ballot.micros), onDecided };
    const end = await this.#propose(proposal, this.#parts.diesWhenAcceptedBy);
    if (end === "refused" || (end === "doubtful" && !change)) return this.#backOff([ballot.micros]);
    if (end === "doubtful") return "unknown";
    if (!change) return "lost";
    return (await this.#commit(proposal)) ? "applied" : "unknown";
  }

  #prepare(ballot: Ballot): Promise<readonly Answer[]> {
    const { key, replicas } = this.#parts;
    return this.#ask(
      replicas,
      (node): Answer => {
        const state = node.paxos(key[0]!);
        const refusedBy = state.prepare(ballot);
        if (refusedBy) return { node, refusedBy };
        const { accepted, committed } = state;
        return { node, accepted, committed, known: node.replica.known(key) };
      },
      (answers) => answers.length >= this.#quorum || answers.some(({ refusedBy }) => refusedBy !== undefined),
    );
  }

  /** What a coordinator left in the middle is decided by this one, under its own ballot and time. */
  async #finish(unfinished: Proposal, ballot: Ballot): Promise<"again" | "unknown"> {
    this.#parts.onEvent("finished by a later transaction");
    const { micros } = ballot;
    const again = { ...unfinished, ballot, change: stampedAt(unfinished.change!, micros) };
    if ((await this.#propose(again)) !== "accepted") return this.#backOff([micros]);
    this.#above = micros;
    return (await this.#commit(again)) ? "again" : "unknown";
  }

  async #catchUp(behind: readonly ClusterNode[], latest: Proposal, ballot: Ballot) {
    const { applyAt } = this.#parts;
    const told = await this.#ask(
      behind,
      (node) => applyAt(node, latest),
      () => false,
    );
    this.#above = ballot.micros;
    return told.length === behind.length ? "again" : "unknown";
  }

  /** `"doubtful"`: some may have accepted, so that a later transaction may still bring it to its end. */
  async #propose(proposal: Proposal, dies?: number): Promise<"accepted" | "refused" | "doubtful"> {
    const { key, replicas, coordinator, random } = this.#parts;
    const first = Math.floor(random.fraction() * replicas.length);
    const asked =
      dies === undefined ? replicas : [...replicas.slice(first), ...replicas.slice(0, first)].slice(0, dies);
    const answers = await this.#ask(
      asked,
      (node) => node.paxos(key[0]!).propose(proposal),
      (all) => all.filter(Boolean).length >= this.#quorum,
    );
    if (dies !== undefined || !coordinator.isUp) return "doubtful";
    if (answers.filter(Boolean).length >= this.#quorum) return "accepted";
    return answers.length === replicas.length && !answers.some(Boolean) ? "refused" : "doubtful";
  }

  async #commit(proposal: Proposal): Promise<boolean> {
    proposal.onDecided(proposal.change!);
    try {
      await this.#parts.commit(proposal);
      return this.#parts.coordinator.isUp;
    } catch {
      return false;
    }
  }

  async #backOff(newer: readonly bigint[]): Promise<"again"> {
    const { random, time, onEvent } = this.#parts;
    onEvent("contention");
    for (const micros of newer) if (micros > this.#above) this.#above = micros;
    await time.wait(Math.floor(random.fraction() * LONGEST_BACKOFF_MS));
    return "again";
  }

  /** Resolves when the answers are enough, when all have answered, or when time is up. */
  #ask<Told>(
    nodes: readonly ClusterNode[],
    question: (node: ClusterNode) => Told,
    isEnough: (answers: readonly Told[]) => boolean,
  ): Promise<readonly Told[]> {
    const { time, hopMs } = this.#parts;
    const asked = nodes.filter((node) => node.isUp);
    const answers: Told[] = [];
    if (asked.length === 0) return Promise.resolve(answers);
    return new Promise((resolve) => {
      const end = () => resolve([...answers]);
      const giveUp = time.after(this.#deadlineMs - time.nowMs, end);
      for (const node of asked) {
        time.after(hopMs + node.slowMs, () => {
          if (!node.isUp || node.isDeaf) return;
          const answer = question(node);
          time.after(hopMs, () => {
            answers.push(answer);
            if (answers.length < asked.length && !isEnough(answers)) return;
            giveUp();
            end();
          });
        });
      }
    });
  }
}

function mergedRow(known: readonly (StoredChange | undefined)[]): StoredRow | undefined {
  const found = known.filter((change) => change !== undefined);
  if (found.length === 0) return undefined;
  const row = new StoredRow(0n, found[0]!.key);
  for (const change of found) row.merge(change);
  return row;
}
