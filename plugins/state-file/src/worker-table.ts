import type { WorkerReport } from "@cassandra-rekey/core";
import type { Database } from "./database.ts";

/** A worker that has not reported for this long is gone, milliseconds. */
const MEMORY_MS = 60_000;
/** A report from later than this, milliseconds, is from before the clock was set back: who lives has reported since. */
const AHEAD_MS = 1_000;

/** What the worker processes of this host last said of themselves. */
export class WorkerTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Within a transaction. */
  replace(jobId: string, report: WorkerReport, nowMs: number): void {
    const { ageSeconds: _, ...kept } = report;
    this.#db.run(
      "DELETE FROM workers WHERE job_id = ? AND reported_at NOT BETWEEN ? AND ?",
      jobId,
      nowMs - MEMORY_MS,
      nowMs + AHEAD_MS,
    );
    this.#db.run(
      "INSERT OR REPLACE INTO workers (job_id, worker, report, reported_at) VALUES (?, ?, ?, ?)",
      jobId,
      report.worker,
      JSON.stringify(kept),
      nowMs,
    );
  }

  read(jobId: string, nowMs: number): readonly WorkerReport[] {
    return this.#db
      .all(
        "SELECT report, reported_at FROM workers WHERE job_id = ? AND reported_at BETWEEN ? AND ? ORDER BY worker",
        jobId,
        nowMs - MEMORY_MS,
        nowMs + AHEAD_MS,
      )
      .map((row) => ({
        ...(JSON.parse(String(row.report)) as WorkerReport),
        ageSeconds: Math.max(0, Math.round((nowMs - Number(row.reported_at)) / 1000)),
      }));
  }
}
