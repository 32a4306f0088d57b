import type { KeyCheck } from "@cassandra-rekey/core";
import type { StateSession } from "./state-session.ts";

/** What tells the keys of a job from others of the same version: one row for each, written once. */
export class KeyCheckRows {
  readonly #state: StateSession;

  constructor(state: StateSession) {
    this.#state = state;
  }

  /** As the last decided transactions left them. */
  async read(jobId: string, signal: AbortSignal): Promise<readonly KeyCheck[]> {
    const cql = `SELECT keyring, key_version, sealed, host FROM ${this.#table} WHERE job_id = ?`;
    const rows = await this.#state.serialRows(cql, [jobId], signal);
    return rows.map((row) => ({
      keyring: String(row.get("keyring")),
      version: String(row.get("key_version")),
      sealed: String(row.get("sealed")),
      host: String(row.get("host")),
    }));
  }

  async keep(jobId: string, checks: readonly KeyCheck[], signal: AbortSignal): Promise<readonly KeyCheck[]> {
    for (const { keyring, version, sealed, host } of checks) {
      const query = `INSERT INTO ${this.#table} (job_id, keyring, key_version, sealed, host) VALUES (?, ?, ?, ?, ?) IF NOT EXISTS`;
      const isThere = async () =>
        (await this.read(jobId, signal)).some((one) => one.keyring === keyring && one.version === version);
      // Not applied: another process was faster, and its check is what counts.
      await this.#state.compareAndSet(
        [{ query, params: [jobId, keyring, version, sealed, host] }],
        isThere,
        signal,
      );
    }
    return this.read(jobId, signal);
  }

  get #table(): string {
    return this.#state.table("rekey_key_checks");
  }
}
