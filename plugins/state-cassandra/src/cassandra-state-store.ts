import type { ClusterSession } from "@cassandra-rekey/cassandra";
import {
  type Checkpoint,
  type Claim,
  type Clock,
  type ControlChange,
  type InitReport,
  type Job,
  type JobControls,
  type JobState,
  type KeyCheck,
  type Lease,
  type LeaseOutcome,
  type NewJob,
  type QuarantineEntry,
  type Random,
  RekeyError,
  type StateStore,
  type TableProgress,
  type WorkerReport,
} from "@cassandra-rekey/core";
import { ChunkBook } from "./chunk-book.ts";
import { ClaimBoard } from "./claim-board.ts";
import { ControlRow } from "./control-row.ts";
import { initState } from "./init-state.ts";
import { JobRows } from "./job-rows.ts";
import { KeyCheckRows } from "./key-check-rows.ts";
import { type LeaseRow, Leases } from "./leases.ts";
import { Ledger } from "./ledger.ts";
import { QuarantineRows } from "./quarantine-rows.ts";
import { FORMAT } from "./schema.ts";
import { type StateLevels, StateSession } from "./state-session.ts";
import { WorkerRows } from "./worker-rows.ts";

/** How a {@link CassandraStateStore} is set up. */
export interface CassandraStoreSettings extends StateLevels {
  readonly keyspace: string;
  /** Replicas per data centre for a new keyspace. */
  readonly replication: Readonly<Record<string, number>> | undefined;
  readonly pythonStuckSeconds: number;
}

/** Jobs in Cassandra tables, shared by any number of hosts. The lease row of a chunk is the truth about it. */
export class CassandraStateStore implements StateStore {
  readonly capabilities = { manyHosts: true, checkpointIntervalMs: 5_000 } as const;
  readonly #session: ClusterSession;
  readonly #settings: CassandraStoreSettings;
  readonly #clock: Clock;
  readonly #state: StateSession;
  readonly #jobs: JobRows;
  readonly #ledger: Ledger;
  readonly #leases: Leases;
  readonly #book: ChunkBook;
  readonly #board: ClaimBoard;
  readonly #quarantine: QuarantineRows;
  readonly #workers: WorkerRows;
  readonly #controls: ControlRow;
  readonly #keyChecks: KeyCheckRows;
  /** How long each lease in hand was claimed for. */
  readonly #leaseMs = new Map<string, number>();

  constructor(
    session: ClusterSession,
    settings: CassandraStoreSettings,
    tools: { readonly clock: Clock; readonly random: Random },
  ) {
    const { clock, random } = tools;
    const state = new StateSession(session, settings.keyspace, settings, tools);
    const ledger = new Ledger(state);
    const leases = new Leases(state);
    const book = new ChunkBook({ ledger, leases, clock });
    const pythonStuckMs = settings.pythonStuckSeconds * 1000;
    this.#session = session;
    this.#settings = settings;
    this.#clock = clock;
    this.#state = state;
    const jobs = new JobRows(state, ledger);
    this.#jobs = jobs;
    this.#ledger = ledger;
    this.#leases = leases;
    this.#book = book;
    this.#board = new ClaimBoard({ state, jobs, ledger, leases, book, clock, random, pythonStuckMs });
    this.#quarantine = new QuarantineRows(state);
    this.#workers = new WorkerRows(state);
    this.#controls = new ControlRow(state);
    this.#keyChecks = new KeyCheckRows(state);
  }

  init(signal: AbortSignal): Promise<InitReport> {
    return initState(this.#session, this.#settings.keyspace, this.#settings.replication, signal);
  }

  async createJob(job: NewJob, signal: AbortSignal): Promise<void> {
    await this.#refuseAnother(job, signal);
    const wallMs = this.#clock.wallMs();
    const refusePlanned = () => this.#refusePlanned(job.id, signal);
    for (const table of job.tables) {
      await this.#ledger.create(job.id, table.id, table.ranges, FORMAT, wallMs, signal, refusePlanned);
    }
    await this.#jobs.create(job, this.#clock.wallMs(), signal);
  }

  job(jobId: string, signal: AbortSignal): Promise<Job | undefined> {
    return this.#jobs.read(jobId, signal);
  }

  jobs(signal: AbortSignal): Promise<readonly Job[]> {
    return this.#jobs.all(signal);
  }

  transition(jobId: string, from: readonly JobState[], to: JobState, signal: AbortSignal) {
    return this.#jobs.transition(jobId, from, to, signal);
  }

  async keepKeyChecks(
    jobId: string,
    checks: readonly KeyCheck[],
    signal: AbortSignal,
  ): Promise<readonly KeyCheck[]> {
    await this.#jobs.require(jobId, signal);
    return this.#keyChecks.keep(jobId, checks, signal);
  }

  keyChecks(jobId: string, signal: AbortSignal): Promise<readonly KeyCheck[]> {
    return this.#keyChecks.read(jobId, signal);
  }

  async claim(jobId: string, worker: string, leaseMs: number, signal: AbortSignal): Promise<Claim> {
    const claim = await this.#board.claim(jobId, worker, leaseMs, signal);
    if (claim.kind === "chunk") this.#leaseMs.set(nameOf(claim.lease), leaseMs);
    return claim;
  }

  async checkpoint(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal): Promise<LeaseOutcome> {
    const leaseMs = this.#leaseMs.get(nameOf(lease)) ?? 60_000;
    if (await this.#leases.checkpoint(lease, checkpoint, leaseMs, signal)) return "held";
    this.#leaseMs.delete(nameOf(lease));
    return "lost";
  }

  finish(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal): Promise<LeaseOutcome> {
    return this.#end(lease, checkpoint, "done", undefined, signal);
  }

  release(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal): Promise<LeaseOutcome> {
    return this.#end(lease, checkpoint, "pending", undefined, signal);
  }

  async fail(
    lease: Lease,
    checkpoint: Checkpoint,
    error: string,
    final: boolean,
    signal: AbortSignal,
  ): Promise<LeaseOutcome> {
    const row = await this.#leases.read(lease, signal);
    if (!row || row.epoch !== lease.epoch) return "lost";
    // A repeated call finds its own failure counted already.
    const attempt = row.state === "running" ? row.attempt + 1 : row.attempt;
    const failure = { attempt, error: error.slice(0, 1000) };
    return this.#end(lease, checkpoint, final ? "failed" : "pending", failure, signal);
  }

  async reopenYoung(jobId: string, signal: AbortSignal): Promise<number> {
    const moved = await this.#book.reopen(
      await this.#jobs.require(jobId, signal),
      (entry) => entry.status === "DONE" && entry.visit === 0 && entry.totals.young > 0,
      (row) =>
        row.state === "done" && row.visit === 0 && row.totals.young > 0
          ? { restart: true, visit: 1, attempt: 0, totals: { ...row.totals, young: 0, census: [] } }
          : undefined,
      signal,
    );
    this.#board.forget(jobId);
    return moved;
  }

  async reopenFailed(jobId: string, signal: AbortSignal): Promise<number> {
    const moved = await this.#book.reopen(
      await this.#jobs.require(jobId, signal),
      (entry) => entry.status === "FAILED",
      (row) => (row.state === "failed" ? { restart: false, attempt: 0 } : undefined),
      signal,
    );
    this.#board.forget(jobId);
    return moved;
  }

  async reclaim(jobId: string, idleMs: number, signal: AbortSignal): Promise<number> {
    const job = await this.#jobs.require(jobId, signal);
    const serverMs = Number((await this.#state.serverMicros(signal)) / 1000n);
    const isAbandoned = (row: LeaseRow) =>
      row.state === "running" &&
      (row.owner === undefined || serverMs - Number(row.touched / 1000n) >= idleMs);
    const own = await this.#book.reopen(
      job,
      (entry) => entry.status === "RUNNING",
      (row) => (isAbandoned(row) ? { restart: false } : undefined),
      signal,
    );
    const python = await this.#book.reclaimPython(job, idleMs, serverMs, signal);
    this.#board.forget(jobId);
    return own + python;
  }

  async progress(jobId: string, signal: AbortSignal): Promise<readonly TableProgress[]> {
    return this.#book.progress(await this.#jobs.require(jobId, signal), signal);
  }

  async quarantine(jobId: string, entries: readonly QuarantineEntry[], signal: AbortSignal): Promise<void> {
    await this.#jobs.require(jobId, signal);
    await this.#quarantine.add(jobId, entries, signal);
  }

  async *quarantined(jobId: string, signal: AbortSignal): AsyncIterable<QuarantineEntry> {
    yield* this.#quarantine.read(await this.#jobs.read(jobId, signal), signal);
  }

  unquarantine(jobId: string, entries: readonly QuarantineEntry[], signal: AbortSignal): Promise<void> {
    return this.#quarantine.remove(jobId, entries, signal);
  }

  report(jobId: string, report: WorkerReport, signal: AbortSignal): Promise<void> {
    return this.#workers.replace(jobId, report, signal);
  }

  workers(jobId: string, signal: AbortSignal): Promise<readonly WorkerReport[]> {
    return this.#workers.read(jobId, signal);
  }

  async tune(jobId: string, change: ControlChange, by: string, signal: AbortSignal): Promise<JobControls> {
    await this.#jobs.require(jobId, signal);
    return this.#controls.tune(jobId, change, by, this.#clock.wallMs(), signal);
  }

  controls(jobId: string, signal: AbortSignal): Promise<JobControls> {
    return this.#controls.read(jobId, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The session belongs to whoever opened it.
  }

  /** A lease that is left of an earlier job of this id would say of its chunk that it is done. */
  async #refuseAnother({ id, drawn, tables }: NewJob, signal: AbortSignal): Promise<void> {
    await this.#refusePlanned(id, signal);
    if (drawn) return;
    for (const table of tables) {
      if (!(await this.#leases.any(id, table.id, table.ranges.length, signal))) continue;
      // Of two who plan the same sweep one is faster, and may be at work already.
      await this.#refusePlanned(id, signal);
      throw new RekeyError(
        "STATE.CORRUPT",
        `there was a job ${id} before, of which ${this.#settings.keyspace}.rekey_leases still holds what was done`,
        {
          hint: "Plan the job under another id; left out, `plan` draws one. Nothing is read again for this one.",
        },
      );
    }
  }

  async #refusePlanned(jobId: string, signal: AbortSignal): Promise<void> {
    if (await this.#jobs.read(jobId, signal))
      throw new RekeyError("JOB.STATE", `job ${jobId} is planned already`);
  }

  async #end(
    lease: Lease,
    checkpoint: Checkpoint,
    state: LeaseRow["state"],
    failure: { readonly attempt: number; readonly error: string } | undefined,
    signal: AbortSignal,
  ): Promise<LeaseOutcome> {
    const isHeld = await this.#leases.end(lease, checkpoint, state, failure, signal);
    this.#leaseMs.delete(nameOf(lease));
    if (!isHeld) return "lost";
    await this.#book.follow(lease, signal);
    // It is on no board of this process any more.
    if (state === "pending") this.#board.forget(lease.jobId);
    return "held";
  }
}

function nameOf({ jobId, table, chunkId, epoch }: Lease): string {
  return JSON.stringify([jobId, table, chunkId, epoch]);
}
