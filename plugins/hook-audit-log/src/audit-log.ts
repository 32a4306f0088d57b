import { hostname, userInfo } from "node:os";
import type { Hook, Logger, RekeyEvent } from "@cassandra-rekey/core";
import type { AuditFile } from "./audit-file.ts";
import { type Detail, recordOf } from "./event-record.ts";

/** What an {@link AuditLog} works with. */
export interface AuditLogParts {
  readonly file: AuditFile;
  readonly detail: Detail;
  readonly logger: Logger;
  readonly nowMs: () => number;
}

/** Writes events to an audit log, one after the other; `on` resolves when the entry is on the disk. */
export class AuditLog implements Hook {
  readonly #parts: AuditLogParts;
  readonly #by = `${userName()}@${hostname()}:${process.pid}`;
  #queue: Promise<void> = Promise.resolve();
  #missed = 0;
  #isClosed = false;

  private constructor(parts: AuditLogParts) {
    this.#parts = parts;
  }

  /** Begins with an entry that says so; a log that cannot be written fails here, before the job starts. */
  static async open(parts: AuditLogParts): Promise<AuditLog> {
    const log = new AuditLog(parts);
    await log.#write({ type: "log.opened" }, parts.nowMs());
    return log;
  }

  on(event: RekeyEvent, at: number): Promise<void> {
    const record = recordOf(event, this.#parts.detail);
    return record ? this.#write(record, at) : Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { file, logger, nowMs } = this.#parts;
    try {
      await this.#append({ type: "log.closed" }, nowMs());
      const { seq, hash } = file.head!;
      logger.info({ anchor: `${seq}:${hash}` }, "the audit log ends here for now");
    } catch (error) {
      logger.warn({ reason: (error as Error).message }, "the audit log could not be closed properly");
    } finally {
      await file[Symbol.asyncDispose]();
    }
  }

  #write(event: { readonly type: string }, at: number): Promise<void> {
    return this.#isClosed ? Promise.resolve() : this.#append(event, at);
  }

  #append(event: { readonly type: string }, at: number): Promise<void> {
    const turn = this.#queue.then(async () => {
      const missed = this.#missed === 0 ? {} : { missed: this.#missed };
      this.#missed += 1;
      await this.#parts.file.append({ at: new Date(at).toISOString(), by: this.#by, event, ...missed });
      this.#missed = 0;
    });
    this.#queue = turn.catch(() => {});
    return turn;
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have no name.
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
