import type { ControlChange, InitReport, Job, RekeyEvent } from "@cassandra-rekey/core";
import type {
  DoctorReport,
  PlanReport,
  QuarantineReport,
  QuarantineRetryReport,
  RunProgress,
  RunReport,
  StatusReport,
  TuneReport,
  VerifyReport,
} from "./reports.ts";

/** How a long call is stopped. */
export interface StopSignals {
  /**
   * Finish the page in hand, checkpoint, release the leases, resolve as `interrupted`. While the cluster is still being
   * connected to, or a plugin makes its part, there is nothing to tell: rejects with `INTERRUPTED`.
   */
  readonly stop?: AbortSignal;
  /** Stop at once: reject with `INTERRUPTED`. */
  readonly abort?: AbortSignal;
}

/** What a run is asked for. */
export interface RunRequest extends StopSignals {
  /** May be left out when exactly one job is unfinished. */
  readonly jobId?: string | undefined;
  /** Overrides `execution.workers`. */
  readonly workers?: number | undefined;
  /** Sweep again and again until a whole sweep found nothing to rewrite; at most `execution.max_sweeps`. */
  readonly untilClean?: boolean | undefined;
  readonly onProgress?: (progress: RunProgress) => void;
  readonly onEvent?: (event: RekeyEvent) => void;
}

/** What `doctor` is asked for besides its checks. */
export interface DoctorOptions {
  /** Pages from random places of each table, from which what a run would meet is estimated. */
  readonly sample?: number | undefined;
}

/** What a verification is asked for. `jobId` goes on with an interrupted one, which then is as it was planned. */
export interface VerifyRequest extends RunRequest {
  /** Read each replica of the local data centre alone, at ONE, and so find those that still hold old ciphertext. */
  readonly perReplica?: boolean | undefined;
  /** Read at ALL: replicas that answer with something older are mended on the way. */
  readonly heal?: boolean | undefined;
}

/** Whose quarantine. */
export interface QuarantineRequest {
  readonly jobId?: string | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Everything that the command line does, for programs that embed the engine.
 * Made by `openEngine(configuration)`; closes every connection when disposed.
 * All calls reject with a {@link RekeyError}.
 */
export interface Engine extends AsyncDisposable {
  /** Makes or upgrades what the state store needs. */
  init(signal?: AbortSignal): Promise<InitReport>;
  /** Checks everything that a run depends on; writes nothing. */
  doctor(signal?: AbortSignal, options?: DoctorOptions): Promise<DoctorReport>;
  /** Stores a rekey job for the configured tables. */
  plan(request?: { readonly jobId?: string | undefined; readonly signal?: AbortSignal }): Promise<PlanReport>;
  /**
   * Plans the reverse of a rekey job: its tables, from its target key back to a previous one (`toVersions`, where there
   * are several; with a named keyring `keyring=version`). Pauses the job if it is not finished. What was not rekeyed yet is found to be so, and stays.
   */
  rollback(request: {
    readonly jobId: string;
    readonly toVersions?: readonly string[] | undefined;
    readonly signal?: AbortSignal;
  }): Promise<PlanReport>;
  /** Carries out a planned rekey job, or goes on with one. */
  run(request?: RunRequest): Promise<RunReport>;
  /** Reads, decrypts and encrypts as `run` would, and writes nothing. */
  dryRun(request?: RunRequest): Promise<RunReport>;
  /** Counts what each key version protects; `jobId` goes on with an interrupted verification. */
  verify(request?: VerifyRequest): Promise<VerifyReport>;
  /** What a job could not rekey, by primary key; of the newest rekey job when none is named. */
  quarantine(request?: QuarantineRequest): Promise<QuarantineReport>;
  /** Tries a rekey job's quarantine again with the keyring as it is now, and forgets what turned out well. */
  retryQuarantine(request?: QuarantineRequest): Promise<QuarantineRetryReport>;
  status(jobId?: string, signal?: AbortSignal): Promise<StatusReport>;
  /** Takes effect within a page on every worker of the job, in whatever process. */
  pause(jobId?: string, signal?: AbortSignal): Promise<StatusReport>;
  resume(jobId?: string, signal?: AbortSignal): Promise<StatusReport>;
  /**
   * Changes live control settings: obeyed within two seconds by every process at the job, and by those that join later.
   * An empty change only tells what is set.
   */
  tune(request: {
    readonly jobId?: string | undefined;
    readonly change: ControlChange;
    /** Who asks for it, for the record. */
    readonly by: string;
    readonly signal?: AbortSignal;
  }): Promise<TuneReport>;
  /** Returns abandoned chunks to pending; returns how many. */
  janitor(request: {
    readonly jobId?: string | undefined;
    readonly stuckAfterSeconds: number;
    readonly signal?: AbortSignal;
  }): Promise<{ readonly jobId: string; readonly reclaimed: number }>;
  /** Newest first. */
  jobs(signal?: AbortSignal): Promise<readonly Job[]>;
}
