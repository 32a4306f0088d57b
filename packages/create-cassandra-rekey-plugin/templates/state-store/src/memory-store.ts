import {
  addTotals,
  type Checkpoint,
  type Claim,
  type Clock,
  type ControlChange,
  encodeKey,
  type InitReport,
  type Job,
  type JobControls,
  type JobState,
  type KeyCheck,
  type Lease,
  type LeaseOutcome,
  type NewJob,
  NO_CONTROLS,
  type QuarantineEntry,
  type Random,
  RekeyError,
  ringFraction,
  type StateStore,
  type TableProgress,
  tuned,
  type WorkerReport,
  ZERO_TOTALS,
} from "@cassandra-rekey/core";
import { isClaimable, StoredChunk } from "./stored-chunk.ts";

interface StoredJob {
  job: Job;
  controls: JobControls;
  keyChecks: readonly KeyCheck[];
  readonly chunks: readonly StoredChunk[];
  readonly quarantine: Map<string, QuarantineEntry>;
  readonly workers: Map<string, { readonly report: WorkerReport; readonly atMs: number }>;
}

/** How long a worker is remembered after its last report, milliseconds. */
const WORKER_MEMORY_MS = 60_000;

/**
 * Jobs in memory, to be replaced by your database: each method becomes one compare-and-set there. Lease times are the monotonic time of `clock`.
 */
export class MemoryStore implements StateStore {
  readonly capabilities = { manyHosts: false, checkpointIntervalMs: 1_000 } as const;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #jobs = new Map<string, StoredJob>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  async init(_signal: AbortSignal): Promise<InitReport> {
    return { changes: [] };
  }

  async createJob({ id, kind, tables }: NewJob, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#jobs.has(id)) throw new RekeyError("JOB.STATE", `job ${id} is planned already`);
    const job: Job = {
      id,
      kind,
      state: "planned",
      createdAt: this.#clock.wallMs(),
      origin: "cassandra-rekey",
      tables: tables.map(({ ranges, ...table }) => ({ ...table, chunks: ranges.length })),
    };
    const chunks = tables.flatMap((table) =>
      table.ranges.map((range, index) => new StoredChunk(id, table.id, index, range)),
    );
    this.#jobs.set(id, {
      job,
      controls: NO_CONTROLS,
      keyChecks: [],
      chunks,
      quarantine: new Map(),
      workers: new Map(),
    });
  }

  async job(jobId: string, signal: AbortSignal): Promise<Job | undefined> {
    signal.throwIfAborted();
    return this.#jobs.get(jobId)?.job;
  }

  async jobs(signal: AbortSignal): Promise<readonly Job[]> {
    signal.throwIfAborted();
    return [...this.#jobs.values()].map(({ job }) => job).sort((a, b) => b.createdAt - a.createdAt);
  }

  async transition(jobId: string, from: readonly JobState[], to: JobState, signal: AbortSignal) {
    signal.throwIfAborted();
    const kept = this.#find(jobId);
    const { state } = kept.job;
    if (!from.includes(state)) return { applied: false, state };
    const finished = to === "done" && { finishedAt: this.#clock.wallMs() };
    kept.job = { ...kept.job, state: to, ...finished };
    return { applied: true, state: to };
  }

  async keepKeyChecks(
    jobId: string,
    checks: readonly KeyCheck[],
    signal: AbortSignal,
  ): Promise<readonly KeyCheck[]> {
    signal.throwIfAborted();
    const job = this.#find(jobId);
    for (const check of checks)
      if (!job.keyChecks.some((one) => one.keyring === check.keyring && one.version === check.version))
        job.keyChecks = [...job.keyChecks, check];
    return job.keyChecks;
  }

  async keyChecks(jobId: string, signal: AbortSignal): Promise<readonly KeyCheck[]> {
    signal.throwIfAborted();
    return this.#jobs.get(jobId)?.keyChecks ?? [];
  }

  async claim(jobId: string, worker: string, leaseMs: number, signal: AbortSignal): Promise<Claim> {
    signal.throwIfAborted();
    const { chunks } = this.#find(jobId);
    const nowMs = this.#clock.monotonicMs();
    const claimable = chunks.filter((chunk) => isClaimable(chunk, nowMs));
    const chunk = claimable[Math.floor(this.#random.fraction() * claimable.length)];
    if (chunk) return { kind: "chunk", ...chunk.claim(worker, leaseMs, nowMs) };
    const ends = chunks
      .filter(({ state }) => state === "running")
      .map(({ leasedUntilMs }) => leasedUntilMs - nowMs);
    return ends.length === 0 ? { kind: "done" } : { kind: "wait", ms: Math.max(1, Math.min(...ends)) };
  }

  async checkpoint(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal): Promise<LeaseOutcome> {
    signal.throwIfAborted();
    return this.#chunk(lease).checkpoint(lease, checkpoint, this.#clock.monotonicMs());
  }

  async finish(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal): Promise<LeaseOutcome> {
    signal.throwIfAborted();
    return this.#chunk(lease).end(lease, checkpoint, "done");
  }

  async release(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal): Promise<LeaseOutcome> {
    signal.throwIfAborted();
    return this.#chunk(lease).end(lease, checkpoint, "pending");
  }

  async fail(
    lease: Lease,
    checkpoint: Checkpoint,
    error: string,
    final: boolean,
    signal: AbortSignal,
  ): Promise<LeaseOutcome> {
    signal.throwIfAborted();
    return this.#chunk(lease).end(lease, checkpoint, final ? "failed" : "pending", error);
  }

  async reopenYoung(jobId: string, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    return this.#find(jobId).chunks.filter((chunk) => chunk.reopenYoung()).length;
  }

  async reopenFailed(jobId: string, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    return this.#find(jobId).chunks.filter((chunk) => chunk.reopenFailed()).length;
  }

  async reclaim(jobId: string, idleMs: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const nowMs = this.#clock.monotonicMs();
    return this.#find(jobId).chunks.filter((chunk) => chunk.reclaim(idleMs, nowMs)).length;
  }

  async progress(jobId: string, signal: AbortSignal): Promise<readonly TableProgress[]> {
    signal.throwIfAborted();
    const { job, chunks } = this.#find(jobId);
    return job.tables.map(({ id }) => {
      const own = chunks.filter((chunk) => chunk.table === id);
      const count = (state: StoredChunk["state"]) => own.filter((chunk) => chunk.state === state).length;
      return {
        table: id,
        chunks: {
          pending: count("pending"),
          running: count("running"),
          done: count("done"),
          failed: count("failed"),
        },
        totals: own.reduce((sum, chunk) => addTotals(sum, chunk.totals), ZERO_TOTALS),
        fraction: Math.min(
          1,
          own.reduce((sum, { state, range }) => sum + (state === "done" ? ringFraction(range) : 0), 0),
        ),
        lastError: own.findLast((chunk) => chunk.lastError !== undefined)?.lastError,
      };
    });
  }

  async quarantine(jobId: string, entries: readonly QuarantineEntry[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { quarantine } = this.#find(jobId);
    for (const entry of entries) quarantine.set(placeOf(entry), entry);
  }

  async *quarantined(jobId: string, signal: AbortSignal): AsyncIterable<QuarantineEntry> {
    signal.throwIfAborted();
    yield* [...this.#find(jobId).quarantine.values()];
  }

  async unquarantine(jobId: string, entries: readonly QuarantineEntry[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { quarantine } = this.#find(jobId);
    for (const entry of entries) quarantine.delete(placeOf(entry));
  }

  async report(jobId: string, report: WorkerReport, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#find(jobId).workers.set(report.worker, { report, atMs: this.#clock.monotonicMs() });
  }

  async workers(jobId: string, signal: AbortSignal): Promise<readonly WorkerReport[]> {
    signal.throwIfAborted();
    const nowMs = this.#clock.monotonicMs();
    return [...(this.#jobs.get(jobId)?.workers.values() ?? [])]
      .filter(({ atMs }) => nowMs - atMs < WORKER_MEMORY_MS)
      .map(({ report, atMs }) => ({ ...report, ageSeconds: (nowMs - atMs) / 1000 }));
  }

  async tune(jobId: string, change: ControlChange, by: string, signal: AbortSignal): Promise<JobControls> {
    signal.throwIfAborted();
    const job = this.#find(jobId);
    job.controls = tuned(job.controls, change, by, this.#clock.wallMs());
    return job.controls;
  }

  async controls(jobId: string, signal: AbortSignal): Promise<JobControls> {
    signal.throwIfAborted();
    return this.#find(jobId).controls;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #find(jobId: string): StoredJob {
    const job = this.#jobs.get(jobId);
    if (job) return job;
    throw new RekeyError("JOB.NOT_FOUND", `there is no job ${jobId} in memory`);
  }

  #chunk(lease: Lease): StoredChunk {
    return this.#find(lease.jobId).chunks.find(
      (chunk) => chunk.table === lease.table && chunk.id === lease.chunkId,
    )!;
  }
}

function placeOf({ table, column, key }: QuarantineEntry): string {
  return JSON.stringify([table, column, encodeKey(key)]);
}
