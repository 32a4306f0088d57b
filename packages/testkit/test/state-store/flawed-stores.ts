import { setImmediate } from "node:timers/promises";
import {
  addTotals,
  type Checkpoint,
  type Claim,
  type Job,
  type JobState,
  type KeyCheck,
  type Lease,
  type NewJob,
  type QuarantineEntry,
  type TableProgress,
  type Totals,
  type WorkerReport,
} from "@cassandra-rekey/core";
import { MemoryStateStore } from "../../src/index.ts";

class EpochUnchecked extends MemoryStateStore {
  readonly #latest = new Map<string, Lease>();
  override async claim(jobId: string, worker: string, leaseMs: number, signal: AbortSignal): Promise<Claim> {
    const claim = await super.claim(jobId, worker, leaseMs, signal);
    if (claim.kind === "chunk") this.#latest.set(nameOf(claim.lease), claim.lease);
    return claim;
  }
  override checkpoint(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal) {
    return super.checkpoint(this.#latest.get(nameOf(lease))!, checkpoint, signal);
  }
  override finish(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal) {
    return super.finish(this.#latest.get(nameOf(lease))!, checkpoint, signal);
  }
}

class WorkerUnchecked extends MemoryStateStore {
  readonly #owners = new Map<string, string>();
  override async claim(jobId: string, worker: string, leaseMs: number, signal: AbortSignal): Promise<Claim> {
    const claim = await super.claim(jobId, worker, leaseMs, signal);
    if (claim.kind === "chunk") this.#owners.set(`${nameOf(claim.lease)} ${claim.lease.epoch}`, worker);
    return claim;
  }
  override finish(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal) {
    const worker = this.#owners.get(`${nameOf(lease)} ${lease.epoch}`) ?? lease.worker;
    return super.finish({ ...lease, worker }, checkpoint, signal);
  }
}

class TotalsAdded extends MemoryStateStore {
  readonly #sums = new Map<string, Totals>();
  override checkpoint(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal) {
    const before = this.#sums.get(nameOf(lease));
    const totals = before ? addTotals(before, checkpoint.totals) : checkpoint.totals;
    this.#sums.set(nameOf(lease), totals);
    return super.checkpoint(lease, { ...checkpoint, totals }, signal);
  }
}

class LateCheckpointUndoes extends MemoryStateStore {
  #seq = 0;
  override checkpoint(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal) {
    this.#seq += 1;
    return super.checkpoint(lease, { ...checkpoint, seq: this.#seq }, signal);
  }
  override release(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal) {
    return super.release(lease, { ...checkpoint, seq: checkpoint.seq + this.#seq }, signal);
  }
}

class YoungForEver extends MemoryStateStore {
  #last = 0;
  override async reopenYoung(jobId: string, signal: AbortSignal): Promise<number> {
    this.#last = (await super.reopenYoung(jobId, signal)) || this.#last;
    return this.#last;
  }
}

class CursorForgotten extends MemoryStateStore {
  override release(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal) {
    return super.release(lease, { ...checkpoint, cursor: undefined }, signal);
  }
}

class DoneTooEarly extends MemoryStateStore {
  override async claim(jobId: string, worker: string, leaseMs: number, signal: AbortSignal): Promise<Claim> {
    const claim = await super.claim(jobId, worker, leaseMs, signal);
    return claim.kind === "wait" ? { kind: "done" } : claim;
  }
}

class GivenTwice extends MemoryStateStore {
  #given: (Claim & { readonly kind: "chunk" }) | undefined;
  override async claim(jobId: string, worker: string, leaseMs: number, signal: AbortSignal): Promise<Claim> {
    const given = this.#given;
    this.#given = undefined;
    if (given) return { ...given, lease: { ...given.lease, worker } };
    const claim = await super.claim(jobId, worker, leaseMs, signal);
    if (claim.kind === "chunk") this.#given = claim;
    return claim;
  }
}

class LeasesCutShort extends MemoryStateStore {
  override claim(jobId: string, worker: string, leaseMs: number, signal: AbortSignal): Promise<Claim> {
    return super.claim(jobId, worker, leaseMs / 8, signal);
  }
}

class RoundedTokens extends MemoryStateStore {
  override async claim(jobId: string, worker: string, leaseMs: number, signal: AbortSignal): Promise<Claim> {
    const claim = await super.claim(jobId, worker, leaseMs, signal);
    if (claim.kind !== "chunk") return claim;
    const { after, upTo } = claim.chunk.range;
    const rounded = (token: bigint) => BigInt.asIntN(64, BigInt(Number(token)));
    return { ...claim, chunk: { ...claim.chunk, range: { after: rounded(after), upTo: rounded(upTo) } } };
  }
}

class SeenTooEarly extends MemoryStateStore {
  readonly #announced = new Map<string, Job>();
  override async createJob(job: NewJob, signal: AbortSignal): Promise<void> {
    const { id, kind } = job;
    const origin = "cassandra-rekey" as const;
    this.#announced.set(id, { id, kind, state: "planned", createdAt: 0, tables: [], origin });
    await setImmediate();
    await super.createJob(job, signal);
  }
  override async job(jobId: string, signal: AbortSignal): Promise<Job | undefined> {
    return (await super.job(jobId, signal)) ?? this.#announced.get(jobId);
  }
}

class AlwaysApplied extends MemoryStateStore {
  override transition(jobId: string, _: readonly JobState[], to: JobState, signal: AbortSignal) {
    return super.transition(jobId, ["planned", "running", "paused", "failed", "done"], to, signal);
  }
}

class FailuresCountTwice extends MemoryStateStore {
  override async progress(jobId: string, signal: AbortSignal): Promise<readonly TableProgress[]> {
    const progress = await super.progress(jobId, signal);
    return progress.map(({ chunks, ...table }) => ({
      ...table,
      chunks: { ...chunks, failed: 2 * chunks.failed },
    }));
  }
}

class IdleIgnored extends MemoryStateStore {
  override reclaim(jobId: string, _: number, signal: AbortSignal) {
    return super.reclaim(jobId, Number.POSITIVE_INFINITY, signal);
  }
}

class ColumnsMixedUp extends MemoryStateStore {
  override quarantine(jobId: string, entries: readonly QuarantineEntry[], signal: AbortSignal) {
    const mixedUp = entries.map((entry) => ({ ...entry, column: "secret" }));
    return super.quarantine(jobId, mixedUp, signal);
  }
}

class ReportsPileUp extends MemoryStateStore {
  readonly #reports: WorkerReport[] = [];
  override async report(_: string, report: WorkerReport): Promise<void> {
    this.#reports.push({ ...report, ageSeconds: 0 });
  }
  override async workers(): Promise<readonly WorkerReport[]> {
    return [...this.#reports];
  }
}

class LatestCheckStays extends MemoryStateStore {
  readonly #latest = new Map<string, KeyCheck>();
  override async keepKeyChecks(jobId: string, checks: readonly KeyCheck[], signal: AbortSignal) {
    await super.keepKeyChecks(jobId, checks, signal);
    for (const check of checks) this.#latest.set(`${jobId} ${check.keyring} ${check.version}`, check);
    return this.keyChecks(jobId, signal);
  }
  override async keyChecks(jobId: string, signal: AbortSignal) {
    const kept = await super.keyChecks(jobId, signal);
    return kept.map((check) => this.#latest.get(`${jobId} ${check.keyring} ${check.version}`) ?? check);
  }
}

class OldestFirst extends MemoryStateStore {
  override async jobs(signal: AbortSignal): Promise<readonly Job[]> {
    return (await super.jobs(signal)).toReversed();
  }
}

class OutagesForgotten extends MemoryStateStore {
  override release(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal) {
    const { outages: _, ...totals } = checkpoint.totals;
    return super.release(lease, { ...checkpoint, totals }, signal);
  }
}

class CursorsCut extends MemoryStateStore {
  override release(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal) {
    return super.release(lease, { ...checkpoint, cursor: checkpoint.cursor?.slice(0, 4_000) }, signal);
  }
}

class SmallCounters extends MemoryStateStore {
  override release(lease: Lease, { totals, ...checkpoint }: Checkpoint, signal: AbortSignal) {
    return super.release(lease, { ...checkpoint, totals: { ...totals, bytes: totals.bytes | 0 } }, signal);
  }
}

class ReportsThinned extends MemoryStateStore {
  override report(jobId: string, report: WorkerReport, signal: AbortSignal) {
    const { leases: _, ...kept } = report;
    return super.report(jobId, kept, signal);
  }
}

class ListedAsPlanned extends MemoryStateStore {
  override async jobs(signal: AbortSignal): Promise<readonly Job[]> {
    return (await super.jobs(signal)).map((job) => ({ ...job, state: "planned" }));
  }
}

class JobsMingled extends MemoryStateStore {
  override async reclaim(_: string, idleMs: number, signal: AbortSignal): Promise<number> {
    let reclaimed = 0;
    for (const { id } of await super.jobs(signal)) reclaimed += await super.reclaim(id, idleMs, signal);
    return reclaimed;
  }
}

class ReportsMingled extends MemoryStateStore {
  override async workers(_: string, signal: AbortSignal): Promise<readonly WorkerReport[]> {
    const jobs = await super.jobs(signal);
    return (await Promise.all(jobs.map(({ id }) => super.workers(id, signal)))).flat();
  }
}

class ClosedForAll extends MemoryStateStore {
  #isClosed = false;
  override claim(jobId: string, worker: string, leaseMs: number, signal: AbortSignal): Promise<Claim> {
    if (this.#isClosed) throw new TypeError("the connection is closed");
    return super.claim(jobId, worker, leaseMs, signal);
  }
  override async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
  }
}

class PlannedTwice extends MemoryStateStore {
  override async createJob(job: NewJob, signal: AbortSignal): Promise<void> {
    const isPlanned = (await super.job(job.id, signal)) !== undefined;
    await setImmediate();
    await super.createJob(job, signal).catch((error) => {
      if (isPlanned) throw error;
    });
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
  "leases are cut short": [
    LeasesCutShort,
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
  "a later key check replaces the first": [
    LatestCheckStays,
    "the first key check of a keyring and version stays, and those that come later are told of it",
  ],
  "nodes that were down are forgotten": [
    OutagesForgotten,
    "progress comes back whole: a long cursor, counters beyond 32 bits, nodes that were down",
  ],
  "long cursors are cut": [
    CursorsCut,
    "progress comes back whole: a long cursor, counters beyond 32 bits, nodes that were down",
  ],
  "counters have 32 bits": [
    SmallCounters,
    "progress comes back whole: a long cursor, counters beyond 32 bits, nodes that were down",
  ],
  "reports lose what is newer": [ReportsThinned, "a worker's latest report replaces its earlier ones"],
  "the list of jobs has its own idea of them": [
    ListedAsPlanned,
    "the list says the same of a job as asking for it",
  ],
  "one job's janitor works on all": [JobsMingled, "what is done to a job leaves the others alone"],
  "one job's workers are everybody's": [ReportsMingled, "what is done to a job leaves the others alone"],
  "who closes one closes all": [
    ClosedForAll,
    "a process that closes its store takes nothing away from the others",
  ],
  "a job is planned by two": [PlannedTwice, "of several that plan the same job at once, one does"],
  "jobs are listed oldest first": [OldestFirst, "jobs are listed newest first"],
} as const satisfies Record<string, readonly [typeof MemoryStateStore, string]>;

/** Flaws that random histories find without a case that looks for them. */
export const FOUND_BY_HISTORIES = [
  EpochUnchecked,
  TotalsAdded,
  LateCheckpointUndoes,
  YoungForEver,
  CursorForgotten,
  DoneTooEarly,
  LeasesCutShort,
  AlwaysApplied,
];

function nameOf({ jobId, table, chunkId }: Lease): string {
  return JSON.stringify([jobId, table, chunkId]);
}
