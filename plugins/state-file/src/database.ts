import { closeSync, existsSync, openSync, statfsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { type Clock, isRekeyError, type Random, RekeyError } from "@cassandra-rekey/core";
import { SCHEMA, SCHEMA_VERSION } from "./schema.ts";

/** SQLite's primary result codes that are told apart. */
const CODES = {
  busy: 5,
  locked: 6,
  readonly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
} as const;

/** File systems on which SQLite's locks cannot be trusted, by the magic number of statfs. */
const NETWORK_FILE_SYSTEMS = new Map<number, string>([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x65735546, "FUSE"],
]);

/** How long a transaction is tried against other processes' locks, milliseconds. */
const BUSY_PATIENCE_MS = 30_000;

export type Row = Readonly<Record<string, SQLInputValue>>;

/** What a {@link Database} needs. */
export interface DatabaseParts {
  readonly path: string;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * One SQLite file in WAL mode. Every transaction is on disk before it is acknowledged. SQLite's own busy timeout
 * would block the event loop, so locks are waited for with jittered asynchronous retries instead.
 */
export class Database implements Disposable {
  readonly path: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #statements = new Map<string, StatementSync>();
  #db: DatabaseSync | undefined;

  constructor({ path, clock, random }: DatabaseParts) {
    this.path = resolve(path);
    this.#clock = clock;
    this.#random = random;
  }

  /** Whether the file is there. */
  get exists(): boolean {
    return existsSync(this.path);
  }

  /** Opens the file, making or upgrading its tables; tells what it changed. */
  async create(signal: AbortSignal): Promise<readonly string[]> {
    refuseNetworkFileSystem(this.path);
    const isNew = !this.exists;
    // SQLite would make the file readable for everyone; the quarantine holds primary keys.
    if (isNew) this.#attempt(() => closeSync(openSync(this.path, "a", 0o600)));
    const db = this.#connect();
    await this.#whenFree(signal, () => db.exec("PRAGMA journal_mode = WAL"));
    const changes = await this.transaction(signal, () => {
      const version = this.#version(db);
      if (version === SCHEMA_VERSION) return [];
      db.exec(SCHEMA);
      db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
      return [isNew ? `created ${this.path}` : `created the tables in ${this.path}`];
    });
    return changes;
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
    if (this.#db) return this.#db;
    if (!this.exists) throw new RekeyError("STATE.NOT_INITIALISED", `there is no state file ${this.path}`);
    const db = this.#connect();
    if (this.#version(db) === 0) {
      this[Symbol.dispose]();
      throw new RekeyError("STATE.NOT_INITIALISED", `${this.path} has no tables yet`);
    }
    return db;
  }

  #connect(): DatabaseSync {
    if (this.#db) return this.#db;
    this.#db = this.#attempt(() => new DatabaseSync(this.path, { timeout: 0 }));
    try {
      this.#attempt(() => this.#db!.exec("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON"));
      const version = this.#version(this.#db);
      if (version > SCHEMA_VERSION) {
        throw new RekeyError(
          "STATE.CORRUPT",
          `${this.path} was written by a newer version (format ${version}, this one knows ${SCHEMA_VERSION})`,
        );
      }
      return this.#db;
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  #version(db: DatabaseSync): number {
    return this.#attempt(() => Number((db.prepare("PRAGMA user_version").get() as Row)["user_version"]));
  }

  async #whenFree<Result>(signal: AbortSignal, attempt: () => Result): Promise<Result> {
    const deadlineMs = this.#clock.monotonicMs() + BUSY_PATIENCE_MS;
    for (let delayMs = 1; ; delayMs = Math.min(delayMs * 2, 50)) {
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
      throw this.#explain(error);
    }
  }

  #explain(error: unknown): unknown {
    const system = (error as NodeJS.ErrnoException).code;
    const code = resultCode(error);
    const path = this.path;
    if (system === "EACCES" || system === "EROFS" || system === "EPERM" || code === CODES.readonly) {
      return new RekeyError("STATE.STORAGE", `the state file ${path} cannot be written: no permission`, {
        cause: error,
      });
    }
    if (system === "ENOENT" || code === CODES.cantOpen) {
      return new RekeyError(
        "STATE.STORAGE",
        `the state file ${path} cannot be opened; is the folder ${dirname(path)} there and writable?`,
        { cause: error },
      );
    }
    if (system === "ENOSPC" || code === CODES.full) {
      return new RekeyError("STATE.STORAGE", `the disk with the state file ${path} is full`, {
        cause: error,
      });
    }
    if (code === CODES.notADatabase || code === CODES.corrupt) {
      return new RekeyError("STATE.CORRUPT", `${path} is not a readable SQLite database`, {
        cause: error,
        hint: "Move the file away, or point `state.path` to another one.",
      });
    }
    if (code === CODES.busy || code === CODES.locked) {
      return new RekeyError("STATE.UNAVAILABLE", `the state file ${path} is locked by another process`, {
        cause: error,
      });
    }
    if (code === CODES.io || system !== undefined) {
      return new RekeyError(
        "STATE.STORAGE",
        `the state file ${path} cannot be read or written (${system ?? "I/O error"})`,
        { cause: error },
      );
    }
    return error;
  }
}

function resultCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | undefined)?.errcode;
  return typeof code === "number" ? code & 0xff : undefined;
}

function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === CODES.busy || code === CODES.locked;
}

function refuseNetworkFileSystem(path: string): void {
  let type: number;
  try {
    type = statfsSync(dirname(path)).type;
  } catch {
    // A missing folder is reported when the file is opened.
    return;
  }
  const name = NETWORK_FILE_SYSTEMS.get(type >>> 0);
  if (name)
    throw new RekeyError(
      "STATE.STORAGE",
      `the state file ${path} would be on a network file system (${name}), where locks cannot be trusted`,
    );
}
