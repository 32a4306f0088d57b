import { type ControlChange, type JobControls, NO_CONTROLS, RekeyError, tuned } from "@cassandra-rekey/core";
import type { types } from "cassandra-driver";
import { type ChangeNames, hasChange, withChange } from "./change-names.ts";
import type { StateSession } from "./state-session.ts";

/** Each further round means that somebody else tuned the job in between. */
const MOST_ROUNDS = 50;

/** The live control settings of each job: one row, changed by compare-and-set on its revision. */
export class ControlRow {
  readonly #state: StateSession;

  constructor(state: StateSession) {
    this.#state = state;
  }

  async read(jobId: string, signal: AbortSignal): Promise<JobControls> {
    const [row] = await this.#state.rows(
      `SELECT controls FROM ${this.#table} WHERE job_id = ?`,
      [jobId],
      signal,
    );
    return readControls(row?.get("controls"));
  }

  async tune(
    jobId: string,
    change: ControlChange,
    by: string,
    wallMs: number,
    signal: AbortSignal,
  ): Promise<JobControls> {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      signal.throwIfAborted();
      const row = await this.#decided(jobId, signal);
      const before = readControls(row?.get("controls"));
      const after = tuned(before, change, by, wallMs);
      const name = this.#state.nonce();
      const values = [after.revision, JSON.stringify(after), withChange(namesOf(row), name), jobId];
      const statement =
        before.revision === 0
          ? {
              query: `INSERT INTO ${this.#table} (revision, controls, change, job_id) VALUES (?, ?, ?, ?) IF NOT EXISTS`,
              params: values,
            }
          : {
              query: `UPDATE ${this.#table} SET revision = ?, controls = ?, change = ? WHERE job_id = ? IF revision = ?`,
              params: [...values, before.revision],
            };
      const happened = async () => hasChange(namesOf(await this.#decided(jobId, signal)), name);
      if (await this.#state.compareAndSet([statement], happened, signal)) return after;
    }
    throw new RekeyError("STATE.UNAVAILABLE", `job ${jobId} is tuned by others again and again`);
  }

  /** The row as the last decided transaction left it. */
  async #decided(jobId: string, signal: AbortSignal) {
    const cql = `SELECT controls, change FROM ${this.#table} WHERE job_id = ?`;
    return (await this.#state.serialRows(cql, [jobId], signal))[0];
  }

  get #table(): string {
    return this.#state.table("rekey_controls");
  }
}

function namesOf(row: types.Row | undefined): ChangeNames {
  return (row?.get("change") as ChangeNames | undefined) ?? null;
}

function readControls(text: unknown): JobControls {
  return typeof text === "string" ? (JSON.parse(text) as JobControls) : NO_CONTROLS;
}
