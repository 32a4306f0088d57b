import type {
  Checkpoint,
  Claim,
  Clock,
  ControlChange,
  InitReport,
  Job,
  JobControls,
  JobState,
  KeyCheck,
  Lease,
  LeaseOutcome,
  NewJob,
  QuarantineEntry,
  Random,
  StateStore,
  TableProgress,
  WorkerReport,
} from "@cassandra-rekey/core";
import { ChunkLeases, type Ending } from "./chunk-leases.ts";
import { ChunkTable } from "./chunk-table.ts";
import { ControlTable } from "./control-table.ts";
import { Database } from "./database.ts";
import { JobsTable } from "./jobs-table.ts";
import { KeyCheckTable } from "./key-check-table.ts";
import { QuarantineTable } from "./quarantine-table.ts";
import { WorkerTable } from "./worker-table.ts";

/** Jobs in one SQLite file, for the processes of one host. Lease times are the host's wall clock, which they share. */
export class FileStateStore implements StateStore {
  readonly capabilities = { manyHosts: false, checkpointIntervalMs: 1_000 } as const;
  readonly #db: Database;
  readonly #jobs: JobsTable;
  readonly #chunks: ChunkTable;
  readonly #leases: ChunkLeases;
  readonly #quarantine: QuarantineTable;
  readonly #workers: WorkerTable;
  readonly #controls: ControlTable;
  readonly #keyChecks: KeyCheckTable;
  readonly #clock: Clock;

  constructor(path: string, clock: Clock, random: Random) {
    this.#db = new Database({ path, clock, random });
    this.#jobs = new JobsTable(this.#db);
    this.#chunks = new ChunkTable(this.#db);
    this.#leases = new ChunkLeases(this.#db, random);
    this.#quarantine = new QuarantineTable(this.#db);
    this.#workers = new WorkerTable(this.#db);
    this.#controls = new ControlTable(this.#db);
    this.#keyChecks = new KeyCheckTable(this.#db);
    this.#clock = clock;
  }

  async init(signal: AbortSignal): Promise<InitReport> {
    return { changes: await this.#db.create(signal) };
  }

  async createJob(job: NewJob, signal: AbortSignal): Promise<void> {
    await this.#db.create(signal);
    await this.#db.transaction(signal, () => {
      this.#jobs.add(job, this.#clock.wallMs());
      this.#chunks.add(job);
    });
  }

  async job(jobId: string, signal: AbortSignal): Promise<Job | undefined> {
    return this.#db.exists ? this.#db.read(signal, () => this.#jobs.find(jobId)) : undefined;
  }

  async jobs(signal: AbortSignal): Promise<readonly Job[]> {
    return this.#db.exists ? this.#db.read(signal, () => this.#jobs.all()) : [];
  }

  transition(jobId: string, from: readonly JobState[], to: JobState, signal: AbortSignal) {
    return this.#db.transaction(signal, () => this.#jobs.move(jobId, from, to));
  }

  keepKeyChecks(
    jobId: string,
    checks: readonly KeyCheck[],
    signal: AbortSignal,
  ): Promise<readonly KeyCheck[]> {
    return this.#ofJob(jobId, signal, () => this.#keyChecks.keep(jobId, checks));
  }

  keyChecks(jobId: string, signal: AbortSignal): Promise<readonly KeyCheck[]> {
    return this.#db.read(signal, () => this.#keyChecks.read(jobId));
  }

  claim(jobId: string, worker: string, leaseMs: number, signal: AbortSignal): Promise<Claim> {
    return this.#ofJob(jobId, signal, (job) =>
      this.#leases.claim(job, worker, leaseMs, this.#clock.wallMs()),
    );
  }

  checkpoint(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal): Promise<LeaseOutcome> {
    return this.#db.transaction(signal, () =>
      this.#leases.checkpoint(lease, checkpoint, this.#clock.wallMs()),
    );
  }

  finish(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal): Promise<LeaseOutcome> {
    return this.#end(lease, checkpoint, { state: "done" }, signal);
  }

  release(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal): Promise<LeaseOutcome> {
    return this.#end(lease, checkpoint, { state: "pending" }, signal);
  }

  fail(
    lease: Lease,
    checkpoint: Checkpoint,
    error: string,
    final: boolean,
    signal: AbortSignal,
  ): Promise<LeaseOutcome> {
    return this.#end(lease, checkpoint, { state: final ? "failed" : "pending", error }, signal);
  }

  reopenYoung(jobId: string, signal: AbortSignal): Promise<number> {
    return this.#ofJob(jobId, signal, () => this.#chunks.reopenYoung(jobId));
  }

  reopenFailed(jobId: string, signal: AbortSignal): Promise<number> {
    return this.#ofJob(jobId, signal, () => this.#chunks.reopenFailed(jobId));
  }

  reclaim(jobId: string, idleMs: number, signal: AbortSignal): Promise<number> {
    return this.#ofJob(jobId, signal, () => this.#chunks.reclaim(jobId, idleMs, this.#clock.wallMs()));
  }

  async progress(jobId: string, signal: AbortSignal): Promise<readonly TableProgress[]> {
    const job = await this.#db.read(signal, () => this.#jobs.require(jobId));
    return this.#chunks.progress(job, signal);
  }

  quarantine(jobId: string, entries: readonly QuarantineEntry[], signal: AbortSignal): Promise<void> {
    return this.#ofJob(jobId, signal, () => this.#quarantine.add(jobId, entries));
  }

  quarantined(jobId: string, signal: AbortSignal): AsyncIterable<QuarantineEntry> {
    return this.#quarantine.read(jobId, signal);
  }

  unquarantine(jobId: string, entries: readonly QuarantineEntry[], signal: AbortSignal): Promise<void> {
    return this.#ofJob(jobId, signal, () => this.#quarantine.remove(jobId, entries));
  }

  report(jobId: string, report: WorkerReport, signal: AbortSignal): Promise<void> {
    return this.#ofJob(jobId, signal, () => this.#workers.replace(jobId, report, this.#clock.wallMs()));
  }

  workers(jobId: string, signal: AbortSignal): Promise<readonly WorkerReport[]> {
    return this.#db.read(signal, () => this.#workers.read(jobId, this.#clock.wallMs()));
  }

  tune(jobId: string, change: ControlChange, by: string, signal: AbortSignal): Promise<JobControls> {
    return this.#ofJob(jobId, signal, () => this.#controls.tune(jobId, change, by, this.#clock.wallMs()));
  }

  controls(jobId: string, signal: AbortSignal): Promise<JobControls> {
    return this.#db.read(signal, () => this.#controls.read(jobId));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#db[Symbol.dispose]();
  }

  #end(lease: Lease, checkpoint: Checkpoint, ending: Ending, signal: AbortSignal): Promise<LeaseOutcome> {
    return this.#db.transaction(signal, () =>
      this.#leases.end(lease, checkpoint, ending, this.#clock.wallMs()),
    );
  }

  /** One transaction on a job that must be there. */
  #ofJob<Result>(jobId: string, signal: AbortSignal, body: (job: Job) => Result): Promise<Result> {
    return this.#db.transaction(signal, () => body(this.#jobs.require(jobId)));
  }
}
