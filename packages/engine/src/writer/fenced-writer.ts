import {
  type CellSink,
  type CellWrite,
  type Clock,
  isRekeyError,
  type Mutation,
  type Random,
} from "@cassandra-rekey/core";
import type { Governor } from "../governor/governor.ts";
import type { RowWrite } from "../page/page-work.ts";
import { backoffMs, type RetryPolicy } from "../retry.ts";
import { fencedWrite, pageAge, serverNow } from "./fence.ts";
import {
  NOTHING_WRITTEN,
  type PageWriter,
  settleAll,
  type WriteContext,
  type WriteOutcome,
} from "./page-writer.ts";

/** Short delays: the age of the page bounds them anyway. */
const WRITE_RETRY: RetryPolicy = { attempts: 6, firstDelayMs: 50, longestDelayMs: 5_000 };

/** Near the turn of a second a TTL that is right here may be off by one there, milliseconds from the turn. */
const BEFORE_TURN_MS = 40;
const AFTER_TURN_MS = 20;

/** What a {@link FencedWriter} is made of. */
export interface WriterParts {
  readonly sink: CellSink;
  readonly governor: Governor;
  readonly clock: Clock;
  readonly random: Random;
  readonly onRetry?: (code: string, attempt: number) => void;
}

/**
 * Writes each cell one microsecond newer than what was read, so that any newer write of the application wins
 * whenever it lands. Each send, a retry as well, first checks the age of the page and computes the TTLs again.
 */
export class FencedWriter implements PageWriter {
  readonly #parts: WriterParts;

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  async write(rows: readonly RowWrite[], context: WriteContext): Promise<WriteOutcome> {
    if (rows.length === 0) return NOTHING_WRITTEN;
    const groups = this.#parts.sink.group(context.task.table, rows);
    return settleAll(groups.map((group) => this.#writeGroup(group, context)));
  }

  async #writeGroup(group: readonly RowWrite[], context: WriteContext): Promise<WriteOutcome> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#sendGroup(group, context);
      } catch (error) {
        context.signal.throwIfAborted();
        if (!isRekeyError(error) || !error.retryable || attempt >= WRITE_RETRY.attempts) throw error;
        this.#parts.onRetry?.(error.code, attempt);
        const { clock, random } = this.#parts;
        await clock.sleep(backoffMs(WRITE_RETRY, attempt, random, error.retryAfterMs), context.signal);
      }
    }
  }

  async #sendGroup(group: readonly RowWrite[], context: WriteContext): Promise<WriteOutcome> {
    const { governor, sink, clock } = this.#parts;
    const permit = await governor.leave("write", context.signal);
    const started = clock.monotonicMs();
    try {
      await this.#avoidTurnOfSecond(group, context);
      const now = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
      if (pageAge(context.moment, now) > context.maxAgeMs) return { ...NOTHING_WRITTEN, tooLate: true };
      const { mutations, rekeyed, cells } = fence(group, serverNow(context.moment, now));
      if (mutations.length > 0) {
        await sink.send(context.task.table, mutations, context.writeConsistency, context.signal);
      }
      const bytes = group.reduce((sum, row) => sum + row.bytes, 0);
      permit.release({ kind: "write", rows: group.length, bytes, latencyMs: clock.monotonicMs() - started });
      return { rekeyed, cells, raced: 0, tooLate: false };
    } catch (error) {
      const code = isRekeyError(error) ? error.code : "unknown";
      permit.release({
        kind: "write",
        rows: 0,
        bytes: 0,
        latencyMs: clock.monotonicMs() - started,
        error: code,
      });
      throw error;
    } finally {
      permit.release();
    }
  }

  async #avoidTurnOfSecond(group: readonly RowWrite[], context: WriteContext): Promise<void> {
    if (!group.some((row) => row.cells.some((cell) => cell.expiresAt !== undefined))) return;
    const { clock } = this.#parts;
    const serverMs = serverNow(context.moment, { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() });
    const intoSecond = ((serverMs % 1000) + 1000) % 1000;
    if (intoSecond > 1000 - BEFORE_TURN_MS)
      await clock.sleep(1000 - intoSecond + AFTER_TURN_MS, context.signal);
    else if (intoSecond < AFTER_TURN_MS) await clock.sleep(AFTER_TURN_MS - intoSecond, context.signal);
  }
}

function fence(
  group: readonly RowWrite[],
  serverNowMs: number,
): { mutations: readonly Mutation[]; rekeyed: number; cells: number } {
  const mutations: Mutation[] = [];
  let rekeyed = 0;
  let cells = 0;
  for (const row of group) {
    const writes: CellWrite[] = [];
    for (const cell of row.cells) {
      const write = fencedWrite(cell, serverNowMs);
      if (write) writes.push(write);
    }
    if (writes.length === 0) continue;
    mutations.push({ token: row.token, key: row.key, cells: writes });
    cells += writes.length;
    if (row.rekeys) rekeyed += 1;
  }
  return { mutations, rekeyed, cells };
}
