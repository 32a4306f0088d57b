import { type Job, type JobState, type NewJob, RekeyError } from "@cassandra-rekey/core";
import type { types } from "cassandra-driver";
import { hasChange, withChange } from "./change-names.ts";
import { PYTHON_STATUS, readJob } from "./job-record.ts";
import type { Ledger } from "./ledger.ts";
import { FORMAT } from "./schema.ts";
import type { Statement, StateSession } from "./state-session.ts";

/** Each further round means that somebody else moved the job in between. */
const MOST_ROUNDS = 50;

/** The rows of `rekey_jobs`: one for each table, with the job's own state in a static column. */
export class JobRows {
  readonly #state: StateSession;
  readonly #ledger: Ledger;

  constructor(state: StateSession, ledger: Ledger) {
    this.#state = state;
    this.#ledger = ledger;
  }

  async read(jobId: string, signal: AbortSignal): Promise<Job | undefined> {
    return this.#jobOf(await this.#rows(jobId, signal), signal);
  }

  async require(jobId: string, signal: AbortSignal): Promise<Job> {
    return this.#found(jobId, await this.read(jobId, signal));
  }

  async all(signal: AbortSignal): Promise<readonly Job[]> {
    const rows = (await this.#state.rows(`SELECT * FROM ${this.#table}`, [], signal)).filter(isOfTable);
    const jobs: Job[] = [];
    for (const own of Map.groupBy(rows, (row) => String(row.get("job_id"))).values()) {
      const job = await this.#jobOf(own, signal);
      if (job) jobs.push(job);
    }
    return jobs.sort((a, b) => b.createdAt - a.createdAt);
  }

  /** Makes the job visible, all tables at once; its chunks are stored already. */
  async create(job: NewJob, wallMs: number, signal: AbortSignal): Promise<void> {
    const change = this.#state.nonce();
    const statements = job.tables.map(
      ({ ranges, ...table }): Statement => ({
        query: `INSERT INTO ${this.#table} (job_id, table_name, status, total_chunks, created_at, format, keyspace_name, definition, job_state, job_change, kind)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS`,
        params: [
          job.id,
          table.id,
          PYTHON_STATUS.planned,
          ranges.length,
          new Date(wallMs),
          FORMAT,
          table.keyspace ?? null,
          JSON.stringify({ ...table, chunks: ranges.length }),
          "planned",
          change,
          job.kind,
        ],
      }),
    );
    const happened = () => this.#wasMade(job.id, change, signal);
    if (await this.#state.compareAndSet(statements, happened, signal)) return;
    throw new RekeyError("JOB.STATE", `job ${job.id} is planned already`);
  }

  async transition(jobId: string, from: readonly JobState[], to: JobState, signal: AbortSignal) {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      signal.throwIfAborted();
      const rows = await this.#rows(jobId, signal);
      const { state } = this.#found(jobId, await this.#jobOf(rows, signal));
      if (!from.includes(state)) return { applied: false, state };
      const change = this.#state.nonce();
      const before = textOf(rows, "job_change");
      const statements: Statement[] = [
        {
          // The change's own name in the condition: a try that arrives late must not repeat it after others.
          query: `UPDATE ${this.#table} SET job_state = ?, job_change = ? WHERE job_id = ? IF job_state = ? AND job_change = ?`,
          params: [to, withChange(before, change), jobId, textOf(rows, "job_state"), before],
        },
        // What the Python tool's `status` and `run` look at.
        ...rows.map((row) => ({
          query: `UPDATE ${this.#table} SET status = ? WHERE job_id = ? AND table_name = ?`,
          params: [PYTHON_STATUS[to], jobId, row.get("table_name")],
        })),
      ];
      const happened = () => this.#wasMade(jobId, change, signal);
      if (!(await this.#state.compareAndSet(statements, happened, signal))) continue;
      await this.#tellPython(jobId, signal);
      return { applied: true, state: to };
    }
    throw new RekeyError("STATE.UNAVAILABLE", `job ${jobId} is moved by others again and again`);
  }

  /**
   * Reads back what the Python tool will see. Its plain writes carry client clocks, and a transaction over a cell that
   * is dated ahead says applied and changes nothing.
   */
  async #tellPython(jobId: string, signal: AbortSignal): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const rows = await this.#rows(jobId, signal);
      const status = PYTHON_STATUS[textOf(rows, "job_state") as JobState];
      const behind = rows.filter((row) => row.get("status") !== status);
      if (behind.length === 0) return;
      for (const row of behind) {
        const timestamp = ((row.get("status_at") as bigint | null) ?? 0n) + 1n;
        await this.#state.rows(
          `UPDATE ${this.#table} USING TIMESTAMP ? SET status = ? WHERE job_id = ? AND table_name = ?`,
          [timestamp, status, jobId, row.get("table_name")],
          signal,
        );
      }
    }
  }

  async #jobOf(rows: readonly types.Row[], signal: AbortSignal): Promise<Job | undefined> {
    const job = readJob(rows);
    if (job?.state !== "done" || textOf(rows, "job_state") !== null) return job;
    // The Python tool calls a table done when its own workers are: a chunk that another one left may be open.
    for (const table of job.tables) {
      const entries = await this.#ledger.read(job.id, table.id, signal);
      if (entries.some((entry) => entry.status !== "DONE")) return { ...job, state: "running" };
    }
    return job;
  }

  #found(jobId: string, job: Job | undefined): Job {
    if (job) return job;
    throw new RekeyError("JOB.NOT_FOUND", `there is no job ${jobId} in keyspace ${this.#state.keyspace}`);
  }

  async #wasMade(jobId: string, change: string, signal: AbortSignal): Promise<boolean> {
    return hasChange(textOf(await this.#rows(jobId, signal), "job_change"), change);
  }

  /** Rows as the last decided transaction left them. */
  async #rows(jobId: string, signal: AbortSignal): Promise<readonly types.Row[]> {
    const columns =
      "job_id, table_name, status, total_chunks, schema_fingerprint, created_at, job_state, job_change, kind, format, definition, WRITETIME(status) AS status_at, WRITETIME(job_state) AS moved_at";
    const cql = `SELECT ${columns} FROM ${this.#table} WHERE job_id = ?`;
    return (await this.#state.serialRows(cql, [jobId], signal)).filter(isOfTable);
  }

  get #table(): string {
    return this.#state.table("rekey_jobs");
  }
}

/** Whoever deletes a job's rows one by one leaves its static columns, which come as a row without a table. */
function isOfTable(row: types.Row): boolean {
  return row.get("table_name") !== null;
}

/** A static column, which is the same in every row. */
function textOf(rows: readonly types.Row[], column: string): string | null {
  return (rows[0]?.get(column) as string | null | undefined) ?? null;
}
