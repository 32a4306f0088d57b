import type { KeyCheck } from "@cassandra-rekey/core";
import type { Database } from "./database.ts";

/** What tells the keys of a job from others of the same version. */
export class KeyCheckTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  read(jobId: string): readonly KeyCheck[] {
    const sql = "SELECT keyring, key_version, sealed, host FROM key_checks WHERE job_id = ?";
    return this.#db.all(sql, jobId).map((row) => ({
      keyring: String(row.keyring),
      version: String(row.key_version),
      sealed: String(row.sealed),
      host: String(row.host),
    }));
  }

  /** Within a transaction. */
  keep(jobId: string, checks: readonly KeyCheck[]): readonly KeyCheck[] {
    for (const { keyring, version, sealed, host } of checks) {
      this.#db.run(
        "INSERT OR IGNORE INTO key_checks (job_id, keyring, key_version, sealed, host) VALUES (?, ?, ?, ?, ?)",
        jobId,
        keyring,
        version,
        sealed,
        host,
      );
    }
    return this.read(jobId);
  }
}
