import { accessSync, closeSync, constants, openSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { type Clock, isRekeyError, type Random, RekeyError } from "@cassandra-rekey/core";
import { type FileSystemType, refuseNetworkFileSystem } from "./network-file-system.ts";
import { SCHEMA, SCHEMA_VERSION } from "./schema.ts";
import { explainStorageError, isBusy } from "./storage-errors.ts";

/** How long a transaction is tried against other processes' locks, milliseconds. */
const BUSY_PATIENCE_MS = 30_000;
/** Delays between tries stay short: SQLite has no queue, and who asks seldom is starved by who writes all the time. */
const LONGEST_DELAY_MS = 4;

export type Row = Readonly<Record<string, SQLInputValue>>;

/** What a {@link Database} needs. */
export interface DatabaseParts {
  readonly path: string;
  readonly clock: Clock;
  readonly random: Random;
  /** How the file system is asked for its type; the system's own way when left out. */
  readonly fileSystemType?: FileSystemType;
}

/**
 * One SQLite file in WAL mode. Every transaction is on disk before it is acknowledged. SQLite's own busy timeout
 * would block the event loop, so locks are waited for with jittered asynchronous retries instead.
 */
export class Database implements Disposable {
  readonly path: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #fileSystemType: FileSystemType | undefined;
  readonly #statements = new Map<string, StatementSync>();
  #db: DatabaseSync | undefined;
  /** Of the open file. */
  #inode: string | undefined;

  constructor({ path, clock, random, fileSystemType }: DatabaseParts) {
    this.path = resolve(path);
    this.#fileSystemType = fileSystemType;
    this.#clock = clock;
    this.#random = random;
  }

  /** Whether the file is there. Throws `STATE.STORAGE` where the user may not know, and where it could not be made either. */
  get exists(): boolean {
    if (this.#inodeNow() !== undefined) return true;
    this.#attempt(() => accessSync(dirname(this.path), constants.W_OK | constants.X_OK));
    return false;
  }

  /** Opens the file, making or upgrading its tables; tells what it changed. */
  async create(signal: AbortSignal): Promise<readonly string[]> {
    refuseNetworkFileSystem(this.path, this.#fileSystemType);
    const isNew = !this.exists;
    // SQLite would make the file readable for everyone; the quarantine holds primary keys.
    if (isNew) this.#attempt(() => closeSync(openSync(this.path, "a", 0o600)));
    const db = await this.#whenFree(signal, () => this.#connect());
    try {
      await this.#whenFree(signal, () => db.exec("PRAGMA journal_mode = WAL"));
      return await this.transaction(signal, () => {
        const version = this.#version(db);
        if (version === SCHEMA_VERSION) return [];
        // Another process may have upgraded the file while this one waited for its lock.
        this.#refuseNewer(version);
        db.exec(SCHEMA);
        db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
        return [isNew ? `created ${this.path}` : `created the tables in ${this.path}`];
      });
    } catch (error) {
      // An open database has its tables: the next call looks again.
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Runs `body` in one write transaction; it is repeated as a whole when another process holds the lock. */
  transaction<Result>(signal: AbortSignal, body: () => Result): Promise<Result> {
    return this.#whenFree(signal, () => {
      const db = this.#open();
      db.exec("BEGIN IMMEDIATE");
      try {
        const result = body();
        db.exec("COMMIT");
        return result;
      } catch (error) {
        if (db.isTransaction) db.exec("ROLLBACK");
        throw error;
      }
    });
  }

  /** Runs reads; in WAL mode they meet a lock only in rare moments. */
  read<Result>(signal: AbortSignal, body: () => Result): Promise<Result> {
    return this.#whenFree(signal, () => {
      this.#open();
      return body();
    });
  }

  all(sql: string, ...params: SQLInputValue[]): readonly Row[] {
    return this.#statement(sql).all(...params) as Row[];
  }

  get(sql: string, ...params: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...params) as Row | undefined;
  }

  /** Executes a statement and tells how many rows it changed. */
  run(sql: string, ...params: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...params).changes);
  }

  [Symbol.dispose](): void {
    this.#statements.clear();
    if (this.#db?.isOpen) this.#db.close();
    this.#db = undefined;
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#open().prepare(sql);
      // Tokens and writetimes do not fit into a double.
      statement.setReadBigInts(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #open(): DatabaseSync {
    this.#leaveWhatIsGone();
    if (this.#db) return this.#db;
    if (!this.exists) throw new RekeyError("STATE.NOT_INITIALISED", `there is no state file ${this.path}`);
    const db = this.#connect();
    try {
      const version = this.#version(db);
      if (version === 0) throw new RekeyError("STATE.NOT_INITIALISED", `${this.path} has no tables yet`);
      if (version < SCHEMA_VERSION) this.#upgrade(db);
      return db;
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** A file that was removed or replaced can still be written to, and nobody else would ever see it. */
  #leaveWhatIsGone(): void {
    if (this.#db && this.#inode !== this.#inodeNow()) this[Symbol.dispose]();
  }

  #inodeNow(): string | undefined {
    const found = this.#attempt(() => statSync(this.path, { throwIfNoEntry: false, bigint: true }));
    return found && `${found.dev}:${found.ino}`;
  }

  /** Adds what an earlier version did not have. */
  #upgrade(db: DatabaseSync): void {
    db.exec("BEGIN IMMEDIATE");
    db.exec(SCHEMA);
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
  }

  #connect(): DatabaseSync {
    this.#leaveWhatIsGone();
    if (this.#db) return this.#db;
    refuseNetworkFileSystem(this.path, this.#fileSystemType);
    if (statSync(this.path, { throwIfNoEntry: false })?.isDirectory()) {
      throw new RekeyError("STATE.STORAGE", `the state file ${this.path} cannot be opened: it is a folder`);
    }
    this.#db = this.#attempt(() => new DatabaseSync(this.path, { timeout: 0 }));
    this.#inode = this.#inodeNow();
    try {
      this.#attempt(() => this.#db!.exec("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON"));
      const version = this.#version(this.#db);
      this.#refuseNewer(version);
      this.#refuseStranger(this.#db, version);
      return this.#db;
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  #refuseNewer(version: number): void {
    if (version <= SCHEMA_VERSION) return;
    throw new RekeyError(
      "STATE.CORRUPT",
      `${this.path} was written by a newer version (format ${version}, this one knows ${SCHEMA_VERSION})`,
    );
  }

  /** Throws where the file is some other program's database. A file of ours has all of its tables, or none yet. */
  #refuseStranger(db: DatabaseSync, version: number): void {
    const isOurs = (tables: readonly string[]) =>
      version === 0 ? tables.length === 0 : tables.includes("jobs");
    const read = () => db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as Row[];
    if (isOurs(this.#attempt(read).map(({ name }) => String(name)))) return;
    // Another process may have made them between the two looks.
    if (version === 0 && this.#version(db) !== 0) return;
    throw new RekeyError("STATE.CORRUPT", `${this.path} is a SQLite database, but not a state file`, {
      hint: "Point `state.path` to a file of its own.",
    });
  }

  #version(db: DatabaseSync): number {
    return this.#attempt(() => Number((db.prepare("PRAGMA user_version").get() as Row).user_version));
  }

  async #whenFree<Result>(signal: AbortSignal, attempt: () => Result): Promise<Result> {
    const deadlineMs = this.#clock.monotonicMs() + BUSY_PATIENCE_MS;
    for (let delayMs = 1; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
      signal.throwIfAborted();
      try {
        return this.#attempt(attempt);
      } catch (error) {
        if (!isRekeyError(error) || !isBusy(error.cause)) throw error;
        if (this.#clock.monotonicMs() > deadlineMs) throw error;
        await this.#clock.sleep(delayMs * (0.5 + this.#random.fraction()), signal);
      }
    }
  }

  #attempt<Result>(attempt: () => Result): Result {
    try {
      return attempt();
    } catch (error) {
      if (isRekeyError(error)) throw error;
      throw explainStorageError(error, this.path);
    }
  }
}
