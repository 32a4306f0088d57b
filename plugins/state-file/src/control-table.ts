import { type ControlChange, type JobControls, NO_CONTROLS, tuned } from "@cassandra-rekey/core";
import type { Database } from "./database.ts";

/** The live control settings of each job. */
export class ControlTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  read(jobId: string): JobControls {
    const row = this.#db.get("SELECT controls FROM controls WHERE job_id = ?", jobId);
    return row ? (JSON.parse(String(row.controls)) as JobControls) : NO_CONTROLS;
  }

  /** Within a transaction. */
  tune(jobId: string, change: ControlChange, by: string, nowMs: number): JobControls {
    const after = tuned(this.read(jobId), change, by, nowMs);
    this.#db.run(
      "INSERT OR REPLACE INTO controls (job_id, controls) VALUES (?, ?)",
      jobId,
      JSON.stringify(after),
    );
    return after;
  }
}
