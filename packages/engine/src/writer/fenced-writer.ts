import {
  type CellSink,
  type CellWrite,
  type Clock,
  isRekeyError,
  type Mutation,
  type Random,
  type WriteMode,
} from "@cassandra-rekey/core";
import type { Governor } from "../governor/governor.ts";
import type { RowWrite } from "../page/page-work.ts";
import type { RetryTools } from "../retry.ts";
import { clocksPartedWays, fencedWrite, pageAge, serverNow } from "./fence.ts";
import {
  NOTHING_WRITTEN,
  type PageWriter,
  sendPatiently,
  settleAll,
  type WriteContext,
  type WriteOutcome,
} from "./page-writer.ts";
import { avoidTurnOfSecond } from "./turn-of-second.ts";

/** What a {@link FencedWriter} is made of. */
export interface WriterParts {
  readonly sink: CellSink;
  readonly governor: Governor;
  readonly clock: Clock;
  readonly random: Random;
  readonly onRetry?: (code: string, attempt: number) => void;
}

/**
 * Writes each cell one microsecond newer than what was read (or at the same timestamp, see {@link WriteMode}), so that
 * any newer write of the application wins whenever it lands. Each send, a retry as well, first checks the age of the page and computes the TTLs again.
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
    const { sent, trouble } = await sendPatiently(retryTools(this.#parts), context.signal, () =>
      this.#sendGroup(group, context),
    );
    return sent.tooLate && trouble !== undefined ? { ...sent, trouble } : sent;
  }

  async #sendGroup(group: readonly RowWrite[], context: WriteContext): Promise<WriteOutcome> {
    const { governor, sink, clock } = this.#parts;
    const replicas = sink.replicas?.(context.task.table, group[0]!.token);
    const permit = await governor.leave("write", context.signal, replicas, group.length);
    let started = clock.monotonicMs();
    try {
      const isExpiring = expires(group);
      if (isExpiring) {
        await this.#prepare(group, context);
        await avoidTurnOfSecond(clock, context.moment, context.signal);
      }
      started = clock.monotonicMs();
      const now = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
      const isUntimed = isExpiring && clocksPartedWays(context.moment, now);
      if (isUntimed || pageAge(context.moment, now) > context.maxAgeMs) {
        return { ...NOTHING_WRITTEN, tooLate: true };
      }
      const { mutations, rekeyed, cells } = fence(
        group,
        serverNow(context.moment, now),
        context.task.writeMode,
      );
      if (mutations.length > 0) {
        await sink.send(context.task.table, mutations, context.writeConsistency, context.signal);
      }
      const bytes = group.reduce((sum, row) => sum + row.bytes, 0);
      permit.release({ kind: "write", rows: group.length, bytes, latencyMs: clock.monotonicMs() - started });
      return { ...NOTHING_WRITTEN, rekeyed, cells };
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

  /** A statement that had to be prepared first would arrive later than its times to live were computed for. */
  async #prepare(group: readonly RowWrite[], { task, moment, signal }: WriteContext): Promise<void> {
    const { sink, clock } = this.#parts;
    if (!sink.prepare) return;
    const now = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
    const { mutations } = fence(group, serverNow(moment, now), task.writeMode);
    if (mutations.length > 0) await sink.prepare(task.table, { mutations }, signal);
  }
}

/** The tools of a writer's retries. */
export function retryTools({ clock, random, onRetry }: WriterParts): RetryTools {
  return { clock, random, onRetry: (attempt, code) => onRetry?.(code, attempt) };
}

function expires(group: readonly RowWrite[]): boolean {
  return group.some((row) => row.cells.some((cell) => cell.expiresAt !== undefined));
}

function fence(
  group: readonly RowWrite[],
  serverNowMs: number,
  writeMode: WriteMode,
): { mutations: readonly Mutation[]; rekeyed: number; cells: number } {
  const mutations: Mutation[] = [];
  let rekeyed = 0;
  let cells = 0;
  for (const row of group) {
    const writes: CellWrite[] = [];
    for (const cell of row.cells) {
      const write = fencedWrite(cell, serverNowMs, writeMode);
      if (write) writes.push(write);
    }
    if (writes.length === 0) continue;
    mutations.push({ token: row.token, key: row.key, cells: writes });
    cells += writes.length;
    if (row.rekeys) rekeyed += 1;
  }
  return { mutations, rekeyed, cells };
}
