import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { type Clock, type Random, RekeyError } from "@cassandra-rekey/core";

/** Writing one entry takes milliseconds; who waits this long waits for something that hangs. */
const PATIENCE_MS = 20_000;
const LONGEST_DELAY_MS = 20;
const SQLITE_BUSY = 5;

/**
 * Lets one process of this host at a time write. The lock is SQLite's on a file of its own: the system takes it away
 * from a process that dies, so there is never a stale one to be judged.
 */
export class AppendLock implements Disposable {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #random: Random;
  #db: DatabaseSync | undefined;

  constructor(path: string, clock: Clock, random: Random) {
    this.#path = path;
    this.#clock = clock;
    this.#random = random;
  }

  async within<Result>(body: () => Promise<Result>): Promise<Result> {
    const db = this.#open();
    await this.#lock(db);
    try {
      return await body();
    } finally {
      db.exec("ROLLBACK");
    }
  }

  [Symbol.dispose](): void {
    if (this.#db?.isOpen) this.#db.close();
    this.#db = undefined;
  }

  #open(): DatabaseSync {
    if (this.#db) return this.#db;
    // SQLite would make it readable for everyone.
    closeSync(openSync(this.#path, "a", 0o600));
    this.#db = new DatabaseSync(this.#path, { timeout: 0 });
    return this.#db;
  }

  async #lock(db: DatabaseSync): Promise<void> {
    const deadlineMs = this.#clock.monotonicMs() + PATIENCE_MS;
    for (let delayMs = 1; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
      try {
        db.exec("BEGIN EXCLUSIVE");
        return;
      } catch (error) {
        if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
        if (this.#clock.monotonicMs() > deadlineMs)
          throw new RekeyError(
            "HOOK.AUDIT_LOG",
            `another process holds ${this.#path} and does not let go of it`,
          );
      }
      await this.#clock.sleep(delayMs * (0.5 + this.#random.fraction()));
    }
  }
}
