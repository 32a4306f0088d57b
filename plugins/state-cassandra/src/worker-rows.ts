import type { WorkerReport } from "@cassandra-rekey/core";
import type { StateSession } from "./state-session.ts";

/** Reports are forgotten after this, seconds. */
const MEMORY_SECONDS = 60;

/** What worker processes last said of themselves. */
export class WorkerRows {
  readonly #state: StateSession;

  constructor(state: StateSession) {
    this.#state = state;
  }

  async replace(jobId: string, report: WorkerReport, signal: AbortSignal): Promise<void> {
    const { ageSeconds: _, ...kept } = report;
    await this.#state.rows(
      `INSERT INTO ${this.#table} (job_id, worker, report) VALUES (?, ?, ?) USING TTL ${MEMORY_SECONDS}`,
      [jobId, report.worker, JSON.stringify(kept)],
      signal,
    );
  }

  async read(jobId: string, signal: AbortSignal): Promise<readonly WorkerReport[]> {
    const rows = await this.#state.rows(
      `SELECT report, TTL(report) AS left FROM ${this.#table} WHERE job_id = ?`,
      [jobId],
      signal,
    );
    return rows.map((row) => ({
      ...(JSON.parse(String(row.get("report"))) as WorkerReport),
      ageSeconds: MEMORY_SECONDS - Number(row.get("left") ?? 0),
    }));
  }

  get #table(): string {
    return this.#state.table("rekey_workers");
  }
}
