import type { ClusterSession } from "@cassandra-rekey/cassandra";
import {
  addTotals,
  type Checkpoint,
  type Claim,
  type Clock,
  decodeKey,
  encodeKey,
  type InitReport,
  type Job,
  type JobState,
  type Lease,
  type LeaseOutcome,
  type NewJob,
  type QuarantineEntry,
  type Random,
  ringFraction,
  type StateStore,
  type TableProgress,
  type WorkerReport,
  ZERO_TOTALS,
} from "@cassandra-rekey/core";
import { ClaimBoard, ledgerChange } from "./claim-board.ts";
import { initState } from "./init-state.ts";
import { JobRows } from "./job-rows.ts";
import { type ChunkKey, type LeaseRow, Leases } from "./leases.ts";
import { Ledger, type LedgerEntry } from "./ledger.ts";
import { FORMAT } from "./schema.ts";
import { type StateLevels, StateSession } from "./state-session.ts";

/** How a {@link CassandraStateStore} is set up. */
export interface CassandraStoreSettings extends StateLevels {
  readonly keyspace: string;
  /** Replicas per data centre for a new keyspace. */
  readonly replication: Readonly<Record<string, number>> | undefined;
  readonly pythonStuckSeconds: number;
}

/** Reports are forgotten after this, seconds. */
const WORKER_MEMORY_SECONDS = 60;

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
  readonly #board: ClaimBoard;
  readonly #leaseMs = new Map<string, number>();

  constructor(
    session: ClusterSession,
    settings: CassandraStoreSettings,
    tools: { readonly clock: Clock; readonly random: Random },
  ) {
    this.#session = session;
    this.#settings = settings;
    this.#clock = tools.clock;
    this.#state = new StateSession(session, settings.keyspace, settings, tools);
    this.#jobs = new JobRows(this.#state);
    this.#ledger = new Ledger(this.#state);
    this.#leases = new Leases(this.#state);
    const pythonStuckMs = settings.pythonStuckSeconds * 1000;
    this.#board = new ClaimBoard({ ledger: this.#ledger, leases: this.#leases, ...tools, pythonStuckMs });
  }

  init(signal: AbortSignal): Promise<InitReport> {
    return initState(this.#session, this.#settings.keyspace, this.#settings.replication, signal);
  }

  async createJob(job: NewJob, signal: AbortSignal): Promise<void> {
    for (const table of job.tables) {
      await this.#ledger.create(job.id, table.id, table.ranges, FORMAT, this.#clock.wallMs(), signal);
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

  async claim(jobId: string, worker: string, leaseMs: number, signal: AbortSignal): Promise<Claim> {
    const claim = await this.#board.claim(await this.#jobs.require(jobId, signal), worker, leaseMs, signal);
    if (claim.kind === "chunk") this.#leaseMs.set(nameOf(claim.lease), leaseMs);
    return claim;
  }

  async checkpoint(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal): Promise<LeaseOutcome> {
    const leaseMs = this.#leaseMs.get(nameOf(lease)) ?? 60_000;
    return (await this.#leases.checkpoint(lease, checkpoint, leaseMs, signal)) ? "held" : "lost";
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
    return this.#end(
      lease,
      checkpoint,
      final ? "failed" : "pending",
      { attempt, error: error.slice(0, 1000) },
      signal,
    );
  }

  reopenYoung(jobId: string, signal: AbortSignal): Promise<number> {
    return this.#reopen(
      jobId,
      signal,
      (row) =>
        row.state === "done" && row.visit === 0 && row.totals.young > 0
          ? { restart: true, visit: 1, attempt: 0, totals: { ...row.totals, young: 0, census: [] } }
          : undefined,
      (entry) => entry.status === "DONE" && entry.visit === 0 && entry.totals.young > 0,
    );
  }

  reopenFailed(jobId: string, signal: AbortSignal): Promise<number> {
    return this.#reopen(
      jobId,
      signal,
      (row) => (row.state === "failed" ? { restart: false, attempt: 0 } : undefined),
      (entry) => entry.status === "FAILED",
    );
  }

  async reclaim(jobId: string, idleMs: number, signal: AbortSignal): Promise<number> {
    const serverMs = await this.#serverMs(signal);
    const abandoned = (row: LeaseRow) =>
      row.state === "running" &&
      (row.owner === undefined || serverMs - Number(row.touched / 1000n) >= idleMs);
    const own = await this.#reopen(
      jobId,
      signal,
      (row) => (abandoned(row) ? { restart: false } : undefined),
      (entry) => entry.status === "RUNNING",
    );
    return own + (await this.#reclaimPython(jobId, idleMs, serverMs, signal));
  }

  async progress(jobId: string, signal: AbortSignal): Promise<readonly TableProgress[]> {
    const job = await this.#jobs.require(jobId, signal);
    return Promise.all(
      job.tables.map(async (table) => {
        const entries = await this.#ledger.read(jobId, table.id, signal);
        const current = await Promise.all(entries.map((entry) => this.#current(jobId, entry, signal)));
        return tableProgress(table.id, current);
      }),
    );
  }

  async quarantine(jobId: string, entries: readonly QuarantineEntry[], signal: AbortSignal): Promise<void> {
    await this.#jobs.require(jobId, signal);
    const cql = `INSERT INTO ${this.#state.table("rekey_quarantine")} (job_id, table_name, column_name, row_key, reason, writetime) VALUES (?, ?, ?, ?, ?, ?)`;
    await this.#eachEntry(entries, signal, (entry) => [
      cql,
      [jobId, entry.table, entry.column, encodeKey(entry.key), entry.reason, entry.writetime],
    ]);
  }

  async *quarantined(jobId: string, signal: AbortSignal): AsyncIterable<QuarantineEntry> {
    const job = await this.#jobs.read(jobId, signal);
    for (const table of job?.tables ?? []) {
      const rows = await this.#state.rows(
        `SELECT column_name, row_key, reason, writetime FROM ${this.#state.table("rekey_quarantine")} WHERE job_id = ? AND table_name = ?`,
        [jobId, table.id],
        signal,
      );
      for (const row of rows) {
        yield {
          table: table.id,
          column: String(row.get("column_name")),
          key: decodeKey(String(row.get("row_key"))),
          reason: String(row.get("reason")),
          writetime: row.get("writetime") as bigint,
        };
      }
    }
  }

  async unquarantine(jobId: string, entries: readonly QuarantineEntry[], signal: AbortSignal): Promise<void> {
    const cql = `DELETE FROM ${this.#state.table("rekey_quarantine")} WHERE job_id = ? AND table_name = ? AND column_name = ? AND row_key = ?`;
    await this.#eachEntry(entries, signal, (entry) => [
      cql,
      [jobId, entry.table, entry.column, encodeKey(entry.key)],
    ]);
  }

  async report(jobId: string, report: WorkerReport, signal: AbortSignal): Promise<void> {
    const { ageSeconds: _, ...kept } = report;
    await this.#state.rows(
      `INSERT INTO ${this.#state.table("rekey_workers")} (job_id, worker, report) VALUES (?, ?, ?) USING TTL ${WORKER_MEMORY_SECONDS}`,
      [jobId, report.worker, JSON.stringify(kept)],
      signal,
    );
  }

  async workers(jobId: string, signal: AbortSignal): Promise<readonly WorkerReport[]> {
    const rows = await this.#state.rows(
      `SELECT report, TTL(report) AS left FROM ${this.#state.table("rekey_workers")} WHERE job_id = ?`,
      [jobId],
      signal,
    );
    return rows.map((row) => ({
      ...(JSON.parse(String(row.get("report"))) as WorkerReport),
      ageSeconds: WORKER_MEMORY_SECONDS - Number(row.get("left") ?? 0),
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The session belongs to whoever opened it.
  }

  async #end(
    lease: Lease,
    checkpoint: Checkpoint,
    state: LeaseRow["state"],
    failure: { readonly attempt: number; readonly error: string } | undefined,
    signal: AbortSignal,
  ): Promise<LeaseOutcome> {
    if (!(await this.#leases.end(lease, checkpoint, state, failure, signal))) return "lost";
    this.#leaseMs.delete(nameOf(lease));
    const row = await this.#leases.read(lease, signal);
    const entry = (await this.#ledger.read(lease.jobId, lease.table, signal, lease.chunkId))[0];
    if (row && entry && row.epoch === lease.epoch) {
      await this.#ledger.update(lease.jobId, entry, ledgerChange(row), this.#clock.wallMs(), signal);
    }
    return "held";
  }

  async #reopen(
    jobId: string,
    signal: AbortSignal,
    decide: (row: LeaseRow) => Parameters<Leases["move"]>[2] | undefined,
    isCandidate: (entry: LedgerEntry) => boolean,
  ): Promise<number> {
    const job = await this.#jobs.require(jobId, signal);
    let moved = 0;
    for (const table of job.tables) {
      for (const entry of (await this.#ledger.read(jobId, table.id, signal)).filter(isCandidate)) {
        const key: ChunkKey = { jobId, table: table.id, chunkId: entry.chunkId };
        const row = await this.#leases.read(key, signal);
        const to = row && decide(row);
        if (!row || !to || !(await this.#leases.move(key, row, to, signal))) continue;
        moved += 1;
        await this.#ledger.update(
          jobId,
          entry,
          ledgerChange({ ...row, ...to, state: "pending" }),
          this.#clock.wallMs(),
          signal,
        );
      }
    }
    this.#board.forget(jobId);
    return moved;
  }

  /** Chunks that the Python tool left running have no lease: the ledger's `updated_at` is all there is. */
  async #reclaimPython(
    jobId: string,
    idleMs: number,
    serverMs: number,
    signal: AbortSignal,
  ): Promise<number> {
    const job = await this.#jobs.require(jobId, signal);
    let moved = 0;
    for (const table of job.tables) {
      for (const entry of await this.#ledger.read(jobId, table.id, signal)) {
        if (!entry.isPython || entry.status !== "RUNNING" || serverMs - entry.updatedAtMs < idleMs) continue;
        if (await this.#leases.read({ jobId, table: table.id, chunkId: entry.chunkId }, signal)) continue;
        await this.#ledger.update(jobId, entry, { status: "PENDING" }, this.#clock.wallMs(), signal);
        moved += 1;
      }
    }
    return moved;
  }

  /** An entry as its lease knows it; chunks that are done need no look at their lease. */
  async #current(jobId: string, entry: LedgerEntry, signal: AbortSignal): Promise<LedgerEntry> {
    if (
      entry.status === "DONE" ||
      (entry.status === "PENDING" && entry.totals.scanned === 0 && entry.attempt === 0)
    )
      return entry;
    const row = await this.#leases.read({ jobId, table: entry.table, chunkId: entry.chunkId }, signal);
    if (!row) return entry.isPython && entry.status === "FAILED" ? { ...entry, status: "PENDING" } : entry;
    const { lastError, ...change } = ledgerChange(row);
    return { ...entry, ...change, lastError: lastError ?? entry.lastError };
  }

  async #serverMs(signal: AbortSignal): Promise<number> {
    const [row] = await this.#state.rows("SELECT toUnixTimestamp(now()) AS s FROM system.local", [], signal);
    return Number(row?.get("s") as bigint);
  }

  async #eachEntry(
    entries: readonly QuarantineEntry[],
    signal: AbortSignal,
    statement: (entry: QuarantineEntry) => [string, readonly unknown[]],
  ): Promise<void> {
    const waiting = [...entries];
    const work = async () => {
      for (let entry = waiting.pop(); entry; entry = waiting.pop())
        await this.#state.rows(...statement(entry), signal);
    };
    await Promise.all(Array.from({ length: 16 }, work));
  }
}

function nameOf({ jobId, table, chunkId, epoch }: Lease): string {
  return JSON.stringify([jobId, table, chunkId, epoch]);
}

function tableProgress(table: string, entries: readonly LedgerEntry[]): TableProgress {
  const chunks = { pending: 0, running: 0, done: 0, failed: 0 };
  const states: Readonly<Record<string, keyof typeof chunks>> = {
    PENDING: "pending",
    RUNNING: "running",
    DONE: "done",
    FAILED: "failed",
  };
  let totals = ZERO_TOTALS;
  let fraction = 0;
  let lastError: string | undefined;
  for (const entry of entries) {
    const state = states[entry.status] ?? "pending";
    chunks[state] += 1;
    totals = addTotals(totals, entry.totals);
    if (state === "done") fraction += ringFraction(entry.range);
    lastError = entry.lastError ?? lastError;
  }
  return { table, chunks, totals, fraction: Math.min(1, fraction), lastError };
}
