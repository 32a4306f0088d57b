import { decodeKey, encodeKey, type Job, type QuarantineEntry } from "@cassandra-rekey/core";
import type { StateSession } from "./state-session.ts";

const IN_FLIGHT = 16;

/** Cells that no key opens, by primary key and reason. */
export class QuarantineRows {
  readonly #state: StateSession;

  constructor(state: StateSession) {
    this.#state = state;
  }

  async add(jobId: string, entries: readonly QuarantineEntry[], signal: AbortSignal): Promise<void> {
    const at = await this.#state.serverMicros(signal);
    const cql = `INSERT INTO ${this.#table} (job_id, table_name, column_name, row_key, reason, writetime) VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?`;
    await this.#each(entries, signal, cql, ({ table, column, key, reason, writetime }) => [
      jobId,
      table,
      column,
      encodeKey(key),
      reason,
      writetime,
      at,
    ]);
  }

  async remove(jobId: string, entries: readonly QuarantineEntry[], signal: AbortSignal): Promise<void> {
    const at = await this.#state.serverMicros(signal);
    const cql = `DELETE FROM ${this.#table} USING TIMESTAMP ? WHERE job_id = ? AND table_name = ? AND column_name = ? AND row_key = ?`;
    await this.#each(entries, signal, cql, ({ table, column, key }) => [
      at,
      jobId,
      table,
      column,
      encodeKey(key),
    ]);
  }

  async *read(job: Job | undefined, signal: AbortSignal): AsyncIterable<QuarantineEntry> {
    for (const table of job?.tables ?? []) {
      const rows = this.#state.eachRow(
        `SELECT column_name, row_key, reason, writetime FROM ${this.#table} WHERE job_id = ? AND table_name = ?`,
        [job!.id, table.id],
        signal,
      );
      for await (const row of rows) {
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

  get #table(): string {
    return this.#state.table("rekey_quarantine");
  }

  async #each(
    entries: readonly QuarantineEntry[],
    signal: AbortSignal,
    cql: string,
    params: (entry: QuarantineEntry) => readonly unknown[],
  ): Promise<void> {
    const waiting = entries.values();
    const work = async () => {
      for (const entry of waiting) await this.#state.rows(cql, params(entry), signal);
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  }
}
