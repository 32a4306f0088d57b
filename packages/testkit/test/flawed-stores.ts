import { setImmediate } from "node:timers/promises";
import {
  addTotals,
  type Checkpoint,
  type Claim,
  type Job,
  type JobState,
  type Lease,
  type LeaseOutcome,
  type NewJob,
  type QuarantineEntry,
  type TableProgress,
  type Totals,
  type WorkerReport,
} from "@cassandra-rekey/core";
import { StoreModel } from "../src/state-store/store-model.ts";
import { MemoryStore } from "./memory-store.ts";

const nameOf = ({ jobId, table, chunkId }: Lease) => JSON.stringify([jobId, table, chunkId]);

class EpochUnchecked extends MemoryStore {
  override async claim(jobId: string, worker: string, leaseMs: number): Promise<Claim> {
    const claim = await super.claim(jobId, worker, leaseMs);
    if (claim.kind === "chunk") this.memory.latest.set(nameOf(claim.lease), claim.lease);
    return claim;
  }
  override checkpoint(lease: Lease, checkpoint: Checkpoint) {
    return super.checkpoint(this.memory.latest.get(nameOf(lease))!, checkpoint);
  }
  override finish(lease: Lease, checkpoint: Checkpoint) {
    return super.finish(this.memory.latest.get(nameOf(lease))!, checkpoint);
  }
}

class WorkerUnchecked extends MemoryStore {
  readonly #owners = new Map<string, string>();
  override async claim(jobId: string, worker: string, leaseMs: number): Promise<Claim> {
    const claim = await super.claim(jobId, worker, leaseMs);
    if (claim.kind === "chunk")
      this.#owners.set(JSON.stringify([nameOf(claim.lease), claim.lease.epoch]), worker);
    return claim;
  }
  override finish(lease: Lease, checkpoint: Checkpoint) {
    const worker = this.#owners.get(JSON.stringify([nameOf(lease), lease.epoch])) ?? lease.worker;
    return super.finish({ ...lease, worker }, checkpoint);
  }
}

class TotalsAdded extends MemoryStore {
  readonly #sums = new Map<string, Totals>();
  #sum(lease: Lease, checkpoint: Checkpoint): Checkpoint {
    const before = this.#sums.get(nameOf(lease));
    const totals = before ? addTotals(before, checkpoint.totals) : checkpoint.totals;
    this.#sums.set(nameOf(lease), totals);
    return { ...checkpoint, totals };
  }
  override checkpoint(lease: Lease, checkpoint: Checkpoint) {
    return super.checkpoint(lease, this.#sum(lease, checkpoint));
  }
}

class LateCheckpointUndoes extends MemoryStore {
  #seq = 0;
  override checkpoint(lease: Lease, checkpoint: Checkpoint) {
    this.#seq += 1;
    return super.checkpoint(lease, { ...checkpoint, seq: this.#seq });
  }
  override release(lease: Lease, checkpoint: Checkpoint) {
    return super.release(lease, { ...checkpoint, seq: checkpoint.seq + this.#seq });
  }
}

class YoungForEver extends MemoryStore {
  #last = 0;
  override async reopenYoung(jobId: string): Promise<number> {
    this.#last = (await super.reopenYoung(jobId)) || this.#last;
    return this.#last;
  }
}

class CursorForgotten extends MemoryStore {
  override release(lease: Lease, checkpoint: Checkpoint) {
    return super.release(lease, { ...checkpoint, cursor: undefined });
  }
}

class DoneTooEarly extends MemoryStore {
  override async claim(jobId: string, worker: string, leaseMs: number): Promise<Claim> {
    const claim = await super.claim(jobId, worker, leaseMs);
    return claim.kind === "wait" ? { kind: "done" } : claim;
  }
}

class GivenTwice extends MemoryStore {
  override async claim(jobId: string, worker: string, leaseMs: number): Promise<Claim> {
    const before = this.model(jobId).claimable(this.memory.nowMs)[0];
    await setImmediate();
    const claim = await super.claim(jobId, worker, leaseMs);
    if (claim.kind === "chunk" || !before) return claim;
    const { table, id } = before;
    const job = this.model(jobId).job.tables.find((candidate) => candidate.id === table)!;
    const lease = { jobId, table, chunkId: id, worker, epoch: 2 };
    const totals = (await super.progress(jobId))[0]!.totals;
    return {
      kind: "chunk",
      lease,
      chunk: { jobId, table, id, range: job.ranges[id]!, cursor: undefined, totals, attempt: 0, visit: 0 },
    };
  }
}

class NeverRenewed extends MemoryStore {
  readonly #claimedAtMs = new Map<string, number>();
  override async claim(jobId: string, worker: string, leaseMs: number): Promise<Claim> {
    const claim = await super.claim(jobId, worker, leaseMs);
    if (claim.kind === "chunk") this.#claimedAtMs.set(nameOf(claim.lease), this.memory.nowMs);
    return claim;
  }
  override async checkpoint(lease: Lease, checkpoint: Checkpoint): Promise<LeaseOutcome> {
    return this.model(lease.jobId).checkpoint(lease, checkpoint, this.#claimedAtMs.get(nameOf(lease))!);
  }
}

class RoundedTokens extends MemoryStore {
  override async claim(jobId: string, worker: string, leaseMs: number): Promise<Claim> {
    const claim = await super.claim(jobId, worker, leaseMs);
    if (claim.kind !== "chunk") return claim;
    const { after, upTo } = claim.chunk.range;
    const rounded = (token: bigint) => BigInt.asIntN(64, BigInt(Number(token)));
    return { ...claim, chunk: { ...claim.chunk, range: { after: rounded(after), upTo: rounded(upTo) } } };
  }
}

class SeenTooEarly extends MemoryStore {
  override async createJob(job: NewJob): Promise<void> {
    const half = job.tables.map((table) => ({ ...table, ranges: table.ranges.slice(0, 300) }));
    this.memory.jobs.set(job.id, new StoreModel({ ...job, tables: half }));
    this.memory.createdAt.set(job.id, 0);
    await setImmediate();
    this.memory.jobs.delete(job.id);
    await super.createJob(job);
  }
}

class AlwaysApplied extends MemoryStore {
  override transition(jobId: string, _: readonly JobState[], to: JobState) {
    return super.transition(jobId, ["planned", "running", "paused", "failed", "done"], to);
  }
}

class FailuresCountTwice extends MemoryStore {
  override async progress(jobId: string): Promise<readonly TableProgress[]> {
    const progress = await super.progress(jobId);
    return progress.map((table) => ({
      ...table,
      chunks: { ...table.chunks, failed: 2 * table.chunks.failed },
    }));
  }
}

class IdleIgnored extends MemoryStore {
  override reclaim(jobId: string) {
    return super.reclaim(jobId, Number.POSITIVE_INFINITY);
  }
}

class ColumnsMixedUp extends MemoryStore {
  override quarantine(jobId: string, entries: readonly QuarantineEntry[]) {
    return super.quarantine(
      jobId,
      entries.map((entry) => ({ ...entry, column: "secret" })),
    );
  }
}

class ReportsPileUp extends MemoryStore {
  override async report(jobId: string, report: WorkerReport): Promise<void> {
    this.memory.workers.set(String(this.memory.workers.size), { jobId, report });
  }
}

class OldestFirst extends MemoryStore {
  override async jobs(): Promise<readonly Job[]> {
    return (await super.jobs()).toReversed();
  }
}

/** Stores with one flaw each, and a case of the suite that finds it. */
export const FLAWED = {
  "epochs are not checked": [
    EpochUnchecked,
    "a lease that nobody renews runs out, and its chunk goes on where it was",
  ],
  "workers are not checked": [WorkerUnchecked, "a lease belongs to the worker that it names"],
  "totals are added instead of replaced": [
    TotalsAdded,
    "a checkpoint is seen, and repeating it counts nothing twice",
  ],
  "a late checkpoint undoes a newer one": [
    LateCheckpointUndoes,
    "an old checkpoint that arrives late undoes nothing",
  ],
  "reopenYoung is not idempotent": [
    YoungForEver,
    "chunks that left young cells are visited once more, and only once",
  ],
  "a release forgets the cursor": [
    CursorForgotten,
    "a released chunk is claimed at once, with its cursor and totals",
  ],
  "done is said while others work": [DoneTooEarly, "a worker waits while others hold what is left"],
  "a chunk is given twice": [GivenTwice, "many workers share a job and no chunk is given to two"],
  "leases are not renewed": [
    NeverRenewed,
    "a lease is renewed by each checkpoint for as long as it was claimed",
  ],
  "tokens are kept as doubles": [RoundedTokens, "tokens come back exactly, the ends of the ring included"],
  "a job is seen before its chunks": [SeenTooEarly, "a job is seen with all of its chunks or not at all"],
  "transitions do not compare": [
    AlwaysApplied,
    "a transition is made from the states named, and from no other",
  ],
  "failed chunks are counted twice": [
    FailuresCountTwice,
    "a failed attempt is counted once, keeps its progress and says why",
  ],
  "idle chunks are not reclaimed": [
    IdleIgnored,
    "chunks that nobody has touched for long are reclaimed, whatever their lease",
  ],
  "columns are mixed up in quarantine": [
    ColumnsMixedUp,
    "the quarantine keeps one entry for each table, key and column",
  ],
  "reports pile up": [ReportsPileUp, "a worker's latest report replaces its earlier ones"],
  "jobs are listed oldest first": [OldestFirst, "jobs are listed newest first"],
} as const satisfies Record<string, readonly [typeof MemoryStore, string]>;

/** Flaws that random histories find without a case that looks for them. */
export const FOUND_BY_HISTORIES = [
  EpochUnchecked,
  TotalsAdded,
  LateCheckpointUndoes,
  YoungForEver,
  CursorForgotten,
  DoneTooEarly,
  NeverRenewed,
  AlwaysApplied,
];
