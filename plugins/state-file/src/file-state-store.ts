import {
  addTotals,
  type Checkpoint,
  type Chunk,
  type Claim,
  type Clock,
  decodeTotals,
  encodeTotals,
  type InitReport,
  type Job,
  type JobState,
  type JobTable,
  type Lease,
  type LeaseOutcome,
  type NewJob,
  type QuarantineEntry,
  type Random,
  RekeyError,
  ringFraction,
  type StateStore,
  type TableProgress,
  type TokenRange,
  type Totals,
  type WorkerReport,
  ZERO_TOTALS,
} from "@cassandra-rekey/core";
import { Database, type Row } from "./database.ts";
import { QuarantineTable } from "./quarantine-table.ts";
import { WorkerTable } from "./worker-table.ts";

const OWNED = "job_id = ? AND table_name = ? AND chunk_id = ? AND epoch = ? AND state = 'running'";

/** Jobs in one SQLite file, for the processes of one host. Lease times are the host's wall clock, which they share. */
export class FileStateStore implements StateStore {
  readonly capabilities = { manyHosts: false, checkpointIntervalMs: 1_000 } as const;
  readonly #db: Database;
  readonly #quarantine: QuarantineTable;
  readonly #workers: WorkerTable;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(path: string, clock: Clock, random: Random) {
    this.#db = new Database({ path, clock, random });
    this.#quarantine = new QuarantineTable(this.#db);
    this.#workers = new WorkerTable(this.#db);
    this.#clock = clock;
    this.#random = random;
  }

  async init(signal: AbortSignal): Promise<InitReport> {
    return { changes: await this.#db.create(signal) };
  }

  async createJob(job: NewJob, signal: AbortSignal): Promise<void> {
    await this.#db.create(signal);
    await this.#db.transaction(signal, () => {
      if (this.#db.get("SELECT 1 FROM jobs WHERE job_id = ?", job.id)) {
        throw new RekeyError("JOB.STATE", `job ${job.id} is planned already`);
      }
      const tables: JobTable[] = job.tables.map(({ ranges, ...table }) => ({
        ...table,
        chunks: ranges.length,
      }));
      this.#db.run(
        "INSERT INTO jobs (job_id, kind, state, created_at, tables) VALUES (?, ?, 'planned', ?, ?)",
        job.id,
        job.kind,
        this.#clock.wallMs(),
        JSON.stringify(tables),
      );
      for (const table of job.tables) {
        table.ranges.forEach((range, id) => {
          this.#db.run(
            "INSERT INTO chunks (job_id, table_name, chunk_id, after_token, up_to_token) VALUES (?, ?, ?, ?, ?)",
            job.id,
            table.id,
            id,
            range.after,
            range.upTo,
          );
        });
      }
    });
  }

  async job(jobId: string, signal: AbortSignal): Promise<Job | undefined> {
    if (!this.#db.exists) return undefined;
    return this.#db.read(signal, () => {
      const row = this.#db.get("SELECT * FROM jobs WHERE job_id = ?", jobId);
      return row && readJob(row);
    });
  }

  async jobs(signal: AbortSignal): Promise<readonly Job[]> {
    if (!this.#db.exists) return [];
    return this.#db.read(signal, () =>
      this.#db.all("SELECT * FROM jobs ORDER BY created_at DESC, job_id").map(readJob),
    );
  }

  transition(jobId: string, from: readonly JobState[], to: JobState, signal: AbortSignal) {
    return this.#db.transaction(signal, () => {
      const state = this.#requireJob(jobId);
      if (!from.includes(state)) return { applied: false, state };
      this.#db.run("UPDATE jobs SET state = ? WHERE job_id = ?", to, jobId);
      return { applied: true, state: to };
    });
  }

  claim(jobId: string, worker: string, leaseMs: number, signal: AbortSignal): Promise<Claim> {
    return this.#db.transaction(signal, (): Claim => {
      this.#requireJob(jobId);
      const nowMs = this.#clock.wallMs();
      // A clock that was set back must not keep a lease alive for longer than it was granted.
      this.#db.run(
        "UPDATE chunks SET leased_until = ? + lease_ms WHERE job_id = ? AND state = 'running' AND leased_until > ? + lease_ms",
        nowMs,
        jobId,
        nowMs,
      );
      const row = this.#findClaimable(jobId, nowMs);
      if (!row) return this.#nothingToClaim(jobId, nowMs);
      const epoch = Number(row["epoch"]) + 1;
      this.#db.run(
        `UPDATE chunks SET state = 'running', epoch = ?, worker = ?, lease_ms = ?, leased_until = ?, touched_at = ?, seq = 0
         WHERE job_id = ? AND table_name = ? AND chunk_id = ?`,
        epoch,
        worker,
        Math.ceil(leaseMs),
        nowMs + Math.ceil(leaseMs),
        nowMs,
        jobId,
        row["table_name"]!,
        row["chunk_id"]!,
      );
      const chunk = readChunk(row);
      return { kind: "chunk", chunk, lease: { jobId, table: chunk.table, chunkId: chunk.id, worker, epoch } };
    });
  }

  checkpoint(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal): Promise<LeaseOutcome> {
    return this.#db.transaction(signal, () => {
      const held = this.#held(lease);
      if (!held) return "lost";
      const nowMs = this.#clock.wallMs();
      this.#db.run(
        `UPDATE chunks SET leased_until = ? + lease_ms, touched_at = ? WHERE ${OWNED}`,
        nowMs,
        nowMs,
        ...owned(lease),
      );
      if (checkpoint.seq > held.seq) this.#storeProgress(lease, checkpoint);
      return "held";
    });
  }

  finish(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal): Promise<LeaseOutcome> {
    return this.#end(lease, checkpoint, "done", signal, "");
  }

  release(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal): Promise<LeaseOutcome> {
    return this.#end(lease, checkpoint, "pending", signal, "");
  }

  fail(
    lease: Lease,
    checkpoint: Checkpoint,
    error: string,
    final: boolean,
    signal: AbortSignal,
  ): Promise<LeaseOutcome> {
    return this.#end(
      lease,
      checkpoint,
      final ? "failed" : "pending",
      signal,
      ", attempt = attempt + 1, last_error = ?",
      error.slice(0, 1000),
    );
  }

  reopenYoung(jobId: string, signal: AbortSignal): Promise<number> {
    return this.#db.transaction(signal, () => {
      this.#requireJob(jobId);
      const rows = this.#db.all(
        "SELECT * FROM chunks WHERE job_id = ? AND state = 'done' AND visit = 0",
        jobId,
      );
      const young = rows.filter((row) => totalsOf(row).young > 0);
      for (const row of young) {
        const totals: Totals = { ...totalsOf(row), young: 0, census: [] };
        this.#db.run(
          `UPDATE chunks SET state = 'pending', visit = 1, cursor = NULL, attempt = 0, totals = ?
           WHERE job_id = ? AND table_name = ? AND chunk_id = ?`,
          encodeTotals(totals),
          jobId,
          row["table_name"]!,
          row["chunk_id"]!,
        );
      }
      return young.length;
    });
  }

  reopenFailed(jobId: string, signal: AbortSignal): Promise<number> {
    return this.#db.transaction(signal, () => {
      this.#requireJob(jobId);
      return this.#db.run(
        "UPDATE chunks SET state = 'pending', attempt = 0 WHERE job_id = ? AND state = 'failed'",
        jobId,
      );
    });
  }

  reclaim(jobId: string, idleMs: number, signal: AbortSignal): Promise<number> {
    return this.#db.transaction(signal, () => {
      this.#requireJob(jobId);
      const nowMs = this.#clock.wallMs();
      return this.#db.run(
        `UPDATE chunks SET state = 'pending', epoch = epoch + 1, worker = NULL
         WHERE job_id = ? AND state = 'running' AND (leased_until <= ? OR touched_at <= ?)`,
        jobId,
        nowMs,
        nowMs - Math.floor(idleMs),
      );
    });
  }

  progress(jobId: string, signal: AbortSignal): Promise<readonly TableProgress[]> {
    return this.#db.read(signal, () => {
      const row = this.#db.get("SELECT * FROM jobs WHERE job_id = ?", jobId);
      if (!row) throw unknownJob(jobId);
      const chunks = this.#db.all(
        "SELECT table_name, state, totals, after_token, up_to_token, last_error FROM chunks WHERE job_id = ?",
        jobId,
      );
      const byTable = Map.groupBy(chunks, (chunk) => String(chunk["table_name"]));
      return readJob(row).tables.map((table) => tableProgress(table.id, byTable.get(table.id) ?? []));
    });
  }

  async quarantine(jobId: string, entries: readonly QuarantineEntry[], signal: AbortSignal): Promise<void> {
    await this.#db.transaction(signal, () => {
      this.#requireJob(jobId);
      this.#quarantine.add(jobId, entries);
    });
  }

  quarantined(jobId: string, signal: AbortSignal): AsyncIterable<QuarantineEntry> {
    return this.#quarantine.read(jobId, signal);
  }

  async unquarantine(jobId: string, entries: readonly QuarantineEntry[], signal: AbortSignal): Promise<void> {
    await this.#db.transaction(signal, () => this.#quarantine.remove(jobId, entries));
  }

  async report(jobId: string, report: WorkerReport, signal: AbortSignal): Promise<void> {
    await this.#db.transaction(signal, () => {
      this.#requireJob(jobId);
      this.#workers.replace(jobId, report, this.#clock.wallMs());
    });
  }

  workers(jobId: string, signal: AbortSignal): Promise<readonly WorkerReport[]> {
    return this.#db.read(signal, () => this.#workers.read(jobId, this.#clock.wallMs()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#db[Symbol.dispose]();
  }

  #requireJob(jobId: string): JobState {
    const row = this.#db.get("SELECT state FROM jobs WHERE job_id = ?", jobId);
    if (!row) throw unknownJob(jobId);
    return row["state"] as JobState;
  }

  /** Looks from a random chunk on, so that workers spread over the ring. */
  #findClaimable(jobId: string, nowMs: number): Row | undefined {
    const claimable = "(state = 'pending' OR (state = 'running' AND leased_until <= ?))";
    const count = Number(
      this.#db.get(`SELECT count(*) AS n FROM chunks WHERE job_id = ? AND ${claimable}`, jobId, nowMs)!["n"],
    );
    if (count === 0) return undefined;
    const offset = Math.floor(this.#random.fraction() * count);
    return this.#db.get(
      `SELECT * FROM chunks WHERE job_id = ? AND ${claimable} ORDER BY table_name, chunk_id LIMIT 1 OFFSET ?`,
      jobId,
      nowMs,
      offset,
    );
  }

  #nothingToClaim(jobId: string, nowMs: number): Claim {
    const next = this.#db.get(
      "SELECT min(leased_until) AS until FROM chunks WHERE job_id = ? AND state = 'running'",
      jobId,
    )!["until"];
    return next === null || next === undefined
      ? { kind: "done" }
      : { kind: "wait", ms: Math.max(1, Number(next) - nowMs) };
  }

  #held(lease: Lease): { readonly seq: number } | undefined {
    const row = this.#db.get(`SELECT seq, worker FROM chunks WHERE ${OWNED}`, ...owned(lease));
    return row && row["worker"] === lease.worker ? { seq: Number(row["seq"]) } : undefined;
  }

  #storeProgress(lease: Lease, { seq, cursor, totals }: Checkpoint): void {
    this.#db.run(
      `UPDATE chunks SET seq = ?, cursor = ?, totals = ? WHERE ${OWNED}`,
      seq,
      cursor ?? null,
      encodeTotals(totals),
      ...owned(lease),
    );
  }

  #end(
    lease: Lease,
    checkpoint: Checkpoint,
    state: "done" | "pending" | "failed",
    signal: AbortSignal,
    also: string,
    ...alsoParams: string[]
  ): Promise<LeaseOutcome> {
    return this.#db.transaction(signal, () => {
      const held = this.#held(lease);
      if (!held) return this.#endedBefore(lease, checkpoint, state) ? "held" : "lost";
      if (checkpoint.seq > held.seq) this.#storeProgress(lease, checkpoint);
      this.#db.run(
        `UPDATE chunks SET state = ?, touched_at = ?${also} WHERE ${OWNED}`,
        state,
        this.#clock.wallMs(),
        ...alsoParams,
        ...owned(lease),
      );
      return "held";
    });
  }

  /** A repeated end: the same holder, the same sequence number, and nobody has claimed the chunk since. */
  #endedBefore(lease: Lease, checkpoint: Checkpoint, state: string): boolean {
    const row = this.#db.get(
      "SELECT 1 FROM chunks WHERE job_id = ? AND table_name = ? AND chunk_id = ? AND epoch = ? AND worker = ? AND state = ? AND seq = ?",
      lease.jobId,
      lease.table,
      lease.chunkId,
      lease.epoch,
      lease.worker,
      state,
      checkpoint.seq,
    );
    return row !== undefined;
  }
}

function owned(lease: Lease): [string, string, number, number] {
  return [lease.jobId, lease.table, lease.chunkId, lease.epoch];
}

function unknownJob(jobId: string): RekeyError {
  return new RekeyError("JOB.NOT_FOUND", `there is no job ${jobId} in the state file`);
}

function readJob(row: Row): Job {
  return {
    id: String(row["job_id"]),
    kind: row["kind"] as Job["kind"],
    state: row["state"] as JobState,
    createdAt: Number(row["created_at"]),
    tables: JSON.parse(String(row["tables"])) as JobTable[],
    origin: "cassandra-rekey",
  };
}

function readChunk(row: Row): Chunk {
  return {
    jobId: String(row["job_id"]),
    table: String(row["table_name"]),
    id: Number(row["chunk_id"]),
    range: rangeOf(row),
    cursor: (row["cursor"] as string | null) ?? undefined,
    totals: totalsOf(row),
    attempt: Number(row["attempt"]),
    visit: Number(row["visit"]),
  };
}

function rangeOf(row: Row): TokenRange {
  return { after: row["after_token"] as bigint, upTo: row["up_to_token"] as bigint };
}

function totalsOf(row: Row): Totals {
  return decodeTotals(row["totals"] as string | null);
}

function tableProgress(table: string, rows: readonly Row[]): TableProgress {
  const chunks = { pending: 0, running: 0, done: 0, failed: 0 };
  let totals: Totals = ZERO_TOTALS;
  let fraction = 0;
  let lastError: string | undefined;
  for (const row of rows) {
    const state = row["state"] as keyof typeof chunks;
    chunks[state] += 1;
    totals = addTotals(totals, totalsOf(row));
    if (state === "done") fraction += ringFraction(rangeOf(row));
    lastError = (row["last_error"] as string | null) ?? lastError;
  }
  return { table, chunks, totals, fraction: Math.min(1, fraction), lastError };
}
