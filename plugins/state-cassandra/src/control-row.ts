import { type ControlChange, type JobControls, NO_CONTROLS, RekeyError, tuned } from "@cassandra-rekey/core";
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
      const before = readControls((await this.#decided(jobId, signal))?.get("controls"));
      const after = tuned(before, change, by, wallMs);
      const nonce = this.#state.nonce();
      const values = [after.revision, JSON.stringify(after), nonce, jobId];
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
      const happened = async () => {
        const row = await this.#decided(jobId, signal);
        return row?.get("change") === nonce || hasHistoryOf(readControls(row?.get("controls")), after);
      };
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

/** Whether a change was made after all, and others on top of it. */
function hasHistoryOf({ history }: JobControls, made: JobControls): boolean {
  const mine = JSON.stringify(made.history[0]);
  return history.some((record) => record.revision === made.revision && JSON.stringify(record) === mine);
}

function readControls(text: unknown): JobControls {
  return typeof text === "string" ? (JSON.parse(text) as JobControls) : NO_CONTROLS;
}
