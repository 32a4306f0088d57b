import { setImmediate } from "node:timers/promises";
import { encodeTotals, type Job, type NewJob, type TableProgress } from "@cassandra-rekey/core";
import { ProgressSum, totalsOf } from "./chunk-rows.ts";
import type { Database } from "./database.ts";

/** Rows read at once. */
const PAGE = 1_000;

/** Chunks outside of any worker's hand. All calls but `progress` are made within a transaction. */
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
        `UPDATE chunks SET state = 'pending', leased_until = 0, visit = 1, cursor = NULL, attempt = 0, totals = ?
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
      "UPDATE chunks SET state = 'pending', leased_until = 0, attempt = 0 WHERE job_id = ? AND state = 'failed'",
      jobId,
    );
  }

  reclaim(jobId: string, idleMs: number, nowMs: number): number {
    // A clock that was set back must not make a dead worker look alive until it is as late again.
    this.#db.run(
      `UPDATE chunks SET leased_until = min(leased_until, ? + lease_ms), touched_at = min(touched_at, ?)
       WHERE job_id = ? AND state = 'running' AND touched_at > ?`,
      nowMs,
      nowMs,
      jobId,
      nowMs,
    );
    return this.#db.run(
      `UPDATE chunks SET state = 'pending', epoch = epoch + 1, worker = NULL
       WHERE job_id = ? AND state = 'running' AND (leased_until <= ? OR touched_at <= ?)`,
      jobId,
      nowMs,
      nowMs - Math.floor(idleMs),
    );
  }

  /** By itself, outside of any transaction: the event loop gets its turns, however many chunks there are. */
  async progress(job: Job, signal: AbortSignal): Promise<readonly TableProgress[]> {
    const progress: TableProgress[] = [];
    for (const { id } of job.tables) {
      const sum = new ProgressSum();
      let last = -1;
      for (let isMore = true; isMore; await setImmediate()) {
        const rows = await this.#db.read(signal, () =>
          this.#db.all(
            `SELECT chunk_id, state, totals, after_token, up_to_token, last_error FROM chunks
             WHERE job_id = ? AND table_name = ? AND chunk_id > ? ORDER BY chunk_id LIMIT ${PAGE}`,
            job.id,
            id,
            last,
          ),
        );
        sum.add(rows);
        last = Number(rows.at(-1)?.chunk_id ?? last);
        isMore = rows.length === PAGE;
      }
      progress.push(sum.of(id));
    }
    return progress;
  }
}
