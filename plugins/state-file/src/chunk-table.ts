import { encodeTotals, type Job, type NewJob, type TableProgress } from "@cassandra-rekey/core";
import { tableProgress, totalsOf } from "./chunk-rows.ts";
import type { Database } from "./database.ts";

/** Chunks outside of any worker's hand. All calls are made within a transaction. */
export class ChunkTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  add(job: NewJob): void {
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
  }

  reopenYoung(jobId: string): number {
    const rows = this.#db.all(
      "SELECT * FROM chunks WHERE job_id = ? AND state = 'done' AND visit = 0",
      jobId,
    );
    const young = rows.filter((row) => totalsOf(row).young > 0);
    for (const row of young) {
      this.#db.run(
        `UPDATE chunks SET state = 'pending', visit = 1, cursor = NULL, attempt = 0, totals = ?
         WHERE job_id = ? AND table_name = ? AND chunk_id = ?`,
        encodeTotals({ ...totalsOf(row), young: 0, census: [] }),
        jobId,
        row.table_name!,
        row.chunk_id!,
      );
    }
    return young.length;
  }

  reopenFailed(jobId: string): number {
    return this.#db.run(
      "UPDATE chunks SET state = 'pending', attempt = 0 WHERE job_id = ? AND state = 'failed'",
      jobId,
    );
  }

  reclaim(jobId: string, idleMs: number, nowMs: number): number {
    return this.#db.run(
      `UPDATE chunks SET state = 'pending', epoch = epoch + 1, worker = NULL
       WHERE job_id = ? AND state = 'running' AND (leased_until <= ? OR touched_at <= ?)`,
      jobId,
      nowMs,
      nowMs - Math.floor(idleMs),
    );
  }

  /** Within a read. */
  progress(job: Job): readonly TableProgress[] {
    const chunks = this.#db.all(
      "SELECT table_name, state, totals, after_token, up_to_token, last_error FROM chunks WHERE job_id = ?",
      job.id,
    );
    const byTable = Map.groupBy(chunks, (chunk) => String(chunk.table_name));
    return job.tables.map((table) => tableProgress(table.id, byTable.get(table.id) ?? []));
  }
}
