import type { Cursor } from "./cell-source.ts";
import type { ControlChange, JobControls } from "./controls.ts";
import type { Job, JobState, NewJob, QuarantineEntry, TableProgress, WorkerReport } from "./job.ts";
import type { KeyCheck } from "./key-check.ts";
import type { TokenRange } from "./token-range.ts";
import type { Totals } from "./totals.ts";

/** A chunk as a worker gets it. */
export interface Chunk {
  readonly jobId: string;
  /** {@link JobTable.id} */
  readonly table: string;
  readonly id: number;
  readonly range: TokenRange;
  /** Where an earlier attempt got to. */
  readonly cursor: Cursor | undefined;
  /** What earlier attempts did up to `cursor`. */
  readonly totals: Totals;
  /** Attempts that failed before this one. */
  readonly attempt: number;
  /** 0 on the sweep, 1 when the chunk is visited once more for the young cells that the sweep left. */
  readonly visit: number;
}

/** A worker's right to a chunk. `epoch` rises with each claim: an older holder can neither checkpoint nor finish. */
export interface Lease {
  readonly jobId: string;
  readonly table: string;
  readonly chunkId: number;
  readonly worker: string;
  readonly epoch: number;
}

/** What {@link StateStore.claim} found. `wait`: chunks are left, but others hold them; `ms` is when to ask again at the latest. */
export type Claim =
  | { readonly kind: "chunk"; readonly lease: Lease; readonly chunk: Chunk }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "done" };

/** Progress inside a chunk. `seq` rises by one with each call under a lease; a repeated `seq` counts nothing twice. */
export interface Checkpoint {
  readonly seq: number;
  readonly cursor: Cursor | undefined;
  readonly totals: Totals;
}

/** Whether the caller still holds its lease. After `"lost"` it must drop what it has in hand. */
export type LeaseOutcome = "held" | "lost";

/** What {@link StateStore.init} did. */
export interface InitReport {
  /** One line for each thing created or altered; empty when everything was there. */
  readonly changes: readonly string[];
}

/**
 * Keeps jobs, key checks, chunks, leases, cursors, counters, quarantine, workers and live control settings.
 *
 * Every transition is compare-and-set. An outcome left unknown by a time-out is resolved inside the store: a
 * promise that resolves tells the truth. No worker's wall clock is part of the contract. All calls may overlap.
 * Failures reject with a `STATE.*` {@link RekeyError}. Where there is no such job, `transition`, `claim`, `progress`,
 * `reopenYoung`, `reopenFailed`, `reclaim`, `quarantine`, `keepKeyChecks` and `tune` reject with `JOB.NOT_FOUND`.
 */
export interface StateStore extends AsyncDisposable {
  readonly capabilities: {
    /** Whether workers on several hosts may share a job. */
    readonly manyHosts: boolean;
    /** How often a chunk's progress should be stored at most, milliseconds. */
    readonly checkpointIntervalMs: number;
  };
  /** Makes what the store needs, or upgrades it in place. Harmless when repeated. */
  init(signal: AbortSignal): Promise<InitReport>;

  /** Rejects with `JOB.STATE`, and changes nothing, where there is a job of that id. */
  createJob(job: NewJob, signal: AbortSignal): Promise<void>;
  job(jobId: string, signal: AbortSignal): Promise<Job | undefined>;
  /** Newest first. */
  jobs(signal: AbortSignal): Promise<readonly Job[]>;
  /** Moves the job to `to` if it is in one of `from`; tells the state it is in afterwards. */
  transition(
    jobId: string,
    from: readonly JobState[],
    to: JobState,
    signal: AbortSignal,
  ): Promise<{ readonly applied: boolean; readonly state: JobState }>;

  /**
   * Keeps each of these for the job, unless it has one of that keyring and version already: of several that are offered
   * one after the other or at once, the first stays. Tells all that the job has then, in any order.
   */
  keepKeyChecks(
    jobId: string,
    checks: readonly KeyCheck[],
    signal: AbortSignal,
  ): Promise<readonly KeyCheck[]>;
  /** Empty for jobs that were planned by something older. */
  keyChecks(jobId: string, signal: AbortSignal): Promise<readonly KeyCheck[]>;

  /** Takes a pending chunk, or one whose lease has run out. Start points differ between workers. */
  claim(jobId: string, worker: string, leaseMs: number, signal: AbortSignal): Promise<Claim>;
  /** Stores progress and renews the lease for as long as it was claimed. */
  checkpoint(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal): Promise<LeaseOutcome>;
  /** Ends the chunk. */
  finish(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal): Promise<LeaseOutcome>;
  /** Gives the chunk back unfinished, with its progress, so that it can be claimed at once. */
  release(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal): Promise<LeaseOutcome>;
  /** Counts a failed attempt: the chunk is pending again, or failed for good. `error` is stored and must hold no secret. */
  fail(
    lease: Lease,
    checkpoint: Checkpoint,
    error: string,
    final: boolean,
    signal: AbortSignal,
  ): Promise<LeaseOutcome>;

  /**
   * Makes done chunks of visit 0 that left young cells pending again, from their start, as visit 1 with attempt 0;
   * returns how many. Their totals are kept but for `young`, which is 0, and the census, which is empty. A repeated
   * call finds nothing more: a chunk is visited once more, not for ever.
   */
  reopenYoung(jobId: string, signal: AbortSignal): Promise<number>;
  /** Makes failed chunks pending again with attempt 0; returns how many. */
  reopenFailed(jobId: string, signal: AbortSignal): Promise<number>;
  /**
   * Returns running chunks whose lease has run out, or that nobody has touched for `idleMs`, to pending; returns how many.
   */
  reclaim(jobId: string, idleMs: number, signal: AbortSignal): Promise<number>;

  progress(jobId: string, signal: AbortSignal): Promise<readonly TableProgress[]>;

  /** Records entries; one entry for each table, key and column, however often it is recorded, in one call as well. */
  quarantine(jobId: string, entries: readonly QuarantineEntry[], signal: AbortSignal): Promise<void>;
  /** In any order. Entries may be taken out while it is read: each of the others is still given once. */
  quarantined(jobId: string, signal: AbortSignal): AsyncIterable<QuarantineEntry>;
  /** Forgets entries that turned out well on a later visit. */
  unquarantine(jobId: string, entries: readonly QuarantineEntry[], signal: AbortSignal): Promise<void>;

  /** Replaces what this worker process says of itself; forgotten about a minute after the last report. */
  report(jobId: string, report: WorkerReport, signal: AbortSignal): Promise<void>;
  workers(jobId: string, signal: AbortSignal): Promise<readonly WorkerReport[]>;

  /**
   * Changes live control settings and records who did it; see {@link tuned}. Of two changes at the same time both
   * count, one after the other.
   */
  tune(jobId: string, change: ControlChange, by: string, signal: AbortSignal): Promise<JobControls>;
  /** Asked about once a second by every process that is at the job. */
  controls(jobId: string, signal: AbortSignal): Promise<JobControls>;
}
