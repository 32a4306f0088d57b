import {
  type Job,
  type JobKind,
  type JobState,
  type JobTable,
  type NewJob,
  RekeyError,
} from "@cassandra-rekey/core";
import type { types } from "cassandra-driver";
import { FORMAT } from "./schema.ts";
import type { Statement, StateSession } from "./state-session.ts";

/** How the Python tool spells states, which `rekey_jobs.status` keeps. */
export const PYTHON_STATUS: Readonly<Record<JobState, string>> = {
  planned: "PENDING",
  running: "RUNNING",
  paused: "PAUSED",
  done: "DONE",
  failed: "FAILED",
};

/** The rows of `rekey_jobs`: one for each table, with the job's own state in a static column. */
export class JobRows {
  readonly #state: StateSession;

  constructor(state: StateSession) {
    this.#state = state;
  }

  async read(jobId: string, signal: AbortSignal): Promise<Job | undefined> {
    const rows = await this.#state.serialRows(
      `SELECT * FROM ${this.#table} WHERE job_id = ?`,
      [jobId],
      signal,
    );
    return readJob(rows);
  }

  async require(jobId: string, signal: AbortSignal): Promise<Job> {
    const job = await this.read(jobId, signal);
    if (job) return job;
    throw new RekeyError("JOB.NOT_FOUND", `there is no job ${jobId} in keyspace ${this.#state.keyspace}`);
  }

  async all(signal: AbortSignal): Promise<readonly Job[]> {
    const rows = await this.#state.rows(`SELECT * FROM ${this.#table}`, [], signal);
    const jobs = [...Map.groupBy(rows, (row) => String(row.get("job_id"))).values()].map(readJob);
    return jobs.filter((job) => job !== undefined).sort((a, b) => b.createdAt - a.createdAt);
  }

  /** Makes the job visible, all tables at once; its chunks are stored already. */
  async create(job: NewJob, wallMs: number, signal: AbortSignal): Promise<void> {
    const statements = job.tables.map(
      ({ ranges, ...table }): Statement => ({
        query: `INSERT INTO ${this.#table} (job_id, table_name, status, total_chunks, created_at, format, keyspace_name, definition, job_state, kind)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS`,
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
          job.kind,
        ],
      }),
    );
    const happened = async () => (await this.read(job.id, signal)) !== undefined;
    if (await this.#state.compareAndSet(statements, happened, signal)) return;
    throw new RekeyError("JOB.STATE", `job ${job.id} is planned already`);
  }

  async transition(jobId: string, from: readonly JobState[], to: JobState, signal: AbortSignal) {
    for (;;) {
      const job = await this.require(jobId, signal);
      if (!from.includes(job.state)) return { applied: false, state: job.state };
      const [row] = await this.#state.serialRows(
        `SELECT job_state FROM ${this.#table} WHERE job_id = ? LIMIT 1`,
        [jobId],
        signal,
      );
      const before = (row?.get("job_state") as string | null) ?? null;
      const statements: Statement[] = [
        {
          query: `UPDATE ${this.#table} SET job_state = ? WHERE job_id = ? IF job_state = ?`,
          params: [to, jobId, before],
        },
        // What the Python tool's `status` and `run` look at.
        ...job.tables.map((table) => ({
          query: `UPDATE ${this.#table} SET status = ? WHERE job_id = ? AND table_name = ?`,
          params: [PYTHON_STATUS[to], jobId, table.id],
        })),
      ];
      const happened = async () => (await this.read(jobId, signal))?.state === to;
      if (await this.#state.compareAndSet(statements, happened, signal)) return { applied: true, state: to };
      signal.throwIfAborted();
    }
  }

  get #table(): string {
    return this.#state.table("rekey_jobs");
  }
}

function readJob(rows: readonly types.Row[]): Job | undefined {
  const [first] = rows;
  if (!first) return undefined;
  const own = first.get("format") !== null;
  const state =
    (first.get("job_state") as JobState | null) ?? stateOf(rows.map((row) => String(row.get("status"))));
  const created = rows.map((row) => (row.get("created_at") as Date | null)?.getTime() ?? 0);
  return {
    id: String(first.get("job_id")),
    kind: (first.get("kind") as JobKind | null) ?? "rekey",
    state,
    createdAt: Math.min(...created),
    tables: rows.map(readTable),
    origin: own ? "cassandra-rekey" : "python",
  };
}

function readTable(row: types.Row): JobTable {
  const definition = row.get("definition") as string | null;
  if (definition !== null) return JSON.parse(definition) as JobTable;
  const name = String(row.get("table_name"));
  const fingerprint = row.get("schema_fingerprint") as string | null;
  return {
    id: name,
    keyspace: undefined,
    name,
    columns: [],
    // The Python tool's guard is not safe against plain writes; fencing is.
    writeMode: "fenced",
    schema: undefined,
    chunks: Number(row.get("total_chunks") ?? 0),
    ...(fingerprint !== null && { pythonFingerprint: fingerprint }),
  };
}

/** The state of a job of the Python tool, which keeps one status for each table. */
function stateOf(statuses: readonly string[]): JobState {
  if (statuses.every((status) => status === "DONE")) return "done";
  if (statuses.includes("PAUSED")) return "paused";
  if (statuses.every((status) => status === "PENDING")) return "planned";
  return "running";
}
