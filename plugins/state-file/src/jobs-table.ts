import { type Job, type JobState, type JobTable, type NewJob, RekeyError } from "@cassandra-rekey/core";
import type { Database, Row } from "./database.ts";

/** Jobs and their states. All calls are made within a transaction, or within a read where they change nothing. */
export class JobsTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  add(job: NewJob, nowMs: number): void {
    if (this.#row(job.id)) throw new RekeyError("JOB.STATE", `job ${job.id} is planned already`);
    const tables: JobTable[] = job.tables.map(({ ranges, ...table }) => ({
      ...table,
      chunks: ranges.length,
    }));
    this.#db.run(
      "INSERT INTO jobs (job_id, kind, state, created_at, tables) VALUES (?, ?, 'planned', ?, ?)",
      job.id,
      job.kind,
      nowMs,
      JSON.stringify(tables),
    );
  }

  find(jobId: string): Job | undefined {
    const row = this.#row(jobId);
    const job = row && readJob(row);
    if (job?.state !== "done") return job;
    // A job is done as soon as its last chunk is.
    const last = this.#db.get("SELECT max(touched_at) AS at FROM chunks WHERE job_id = ?", jobId);
    const finishedAt = Number(last?.at ?? 0);
    return finishedAt > 0 ? { ...job, finishedAt } : job;
  }

  /** Throws `JOB.NOT_FOUND`. */
  require(jobId: string): Job {
    const job = this.find(jobId);
    if (job) return job;
    throw new RekeyError("JOB.NOT_FOUND", `there is no job ${jobId} in the state file`);
  }

  all(): readonly Job[] {
    return this.#db.all("SELECT * FROM jobs ORDER BY created_at DESC, job_id").map(readJob);
  }

  move(jobId: string, from: readonly JobState[], to: JobState): { applied: boolean; state: JobState } {
    const { state } = this.require(jobId);
    if (!from.includes(state)) return { applied: false, state };
    this.#db.run("UPDATE jobs SET state = ? WHERE job_id = ?", to, jobId);
    return { applied: true, state: to };
  }

  #row(jobId: string): Row | undefined {
    return this.#db.get("SELECT * FROM jobs WHERE job_id = ?", jobId);
  }
}

function readJob(row: Row): Job {
  return {
    id: String(row.job_id),
    kind: row.kind as Job["kind"],
    state: row.state as JobState,
    createdAt: Number(row.created_at),
    tables: JSON.parse(String(row.tables)) as JobTable[],
    origin: "cassandra-rekey",
  };
}
