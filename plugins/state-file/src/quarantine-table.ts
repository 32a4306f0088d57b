import { decodeKey, encodeKey, type QuarantineEntry } from "@cassandra-rekey/core";
import type { Database } from "./database.ts";

/** Rows fetched at once. */
const PAGE = 500;

/** Cells that no key opens, by primary key and reason. */
export class QuarantineTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Within a transaction. */
  add(jobId: string, entries: readonly QuarantineEntry[]): void {
    for (const { table, column, key, reason, writetime } of entries) {
      this.#db.run(
        "INSERT OR REPLACE INTO quarantine (job_id, table_name, column_name, row_key, reason, writetime) VALUES (?, ?, ?, ?, ?, ?)",
        jobId,
        table,
        column,
        encodeKey(key),
        reason,
        writetime,
      );
    }
  }

  /** Within a transaction. */
  remove(jobId: string, entries: readonly QuarantineEntry[]): void {
    for (const { table, column, key } of entries) {
      this.#db.run(
        "DELETE FROM quarantine WHERE job_id = ? AND table_name = ? AND column_name = ? AND row_key = ?",
        jobId,
        table,
        column,
        encodeKey(key),
      );
    }
  }

  async *read(jobId: string, signal: AbortSignal): AsyncIterable<QuarantineEntry> {
    let last: readonly [string, string, string] = ["", "", ""];
    for (;;) {
      const rows = await this.#db.read(signal, () =>
        this.#db.all(
          `SELECT * FROM quarantine WHERE job_id = ? AND (table_name, column_name, row_key) > (?, ?, ?)
           ORDER BY table_name, column_name, row_key LIMIT ${PAGE}`,
          jobId,
          ...last,
        ),
      );
      for (const row of rows) {
        last = [String(row.table_name), String(row.column_name), String(row.row_key)];
        const [table, column, key] = last;
        yield {
          table,
          column,
          key: decodeKey(key),
          reason: String(row.reason),
          writetime: row.writetime as bigint,
        };
      }
      if (rows.length === 0) return;
    }
  }
}
