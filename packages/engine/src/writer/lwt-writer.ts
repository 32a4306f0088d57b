import type { CellSource, ConditionalCell } from "@cassandra-rekey/core";
import type { RowWrite } from "../page/page-work.ts";
import type { Rekeyer } from "../page/rekeyer.ts";
import { type PendingCell, pageAge, remainingTtl, serverNow } from "./fence.ts";
import type { WriterParts } from "./fenced-writer.ts";
import {
  NOTHING_WRITTEN,
  type PageWriter,
  settleAll,
  type WriteContext,
  type WriteOutcome,
} from "./page-writer.ts";

/** How often a row that lost its compare-and-set is read and tried again. */
const MOST_ROUNDS = 3;

/**
 * Writes each cell only while the column still holds the ciphertext that was read. Right where the application
 * writes these rows by lightweight transactions as well, at the same serial level. Writetimes are not kept.
 */
export class LwtWriter implements PageWriter {
  readonly #parts: WriterParts;
  readonly #source: CellSource;
  readonly #rekeyer: Rekeyer;

  constructor(parts: WriterParts, source: CellSource, rekeyer: Rekeyer) {
    this.#parts = parts;
    this.#source = source;
    this.#rekeyer = rekeyer;
  }

  async write(rows: readonly RowWrite[], context: WriteContext): Promise<WriteOutcome> {
    if (rows.length === 0) return NOTHING_WRITTEN;
    return settleAll(rows.map((row) => this.#writeRow(row, context)));
  }

  async #writeRow(first: RowWrite, context: WriteContext): Promise<WriteOutcome> {
    let row: RowWrite | undefined = first;
    let moment = context.moment;
    let raced = 0;
    for (let round = 1; row && round <= MOST_ROUNDS; round += 1) {
      const result = await this.#tryRow(row, { ...context, moment });
      if (result === "too-late") return { ...NOTHING_WRITTEN, raced, tooLate: true };
      if (result === "applied")
        return { rekeyed: row.rekeys ? 1 : 0, cells: row.cells.length, raced, tooLate: false };
      if (result === "lost") raced = 1;
      ({ row, moment } = await this.#readAgain(row, { ...context, moment }));
    }
    return { ...NOTHING_WRITTEN, raced };
  }

  async #tryRow(row: RowWrite, context: WriteContext): Promise<"applied" | "lost" | "unknown" | "too-late"> {
    const { governor, sink, clock } = this.#parts;
    for (const cells of sameExpiry(row.cells)) {
      const permit = await governor.leave("write", context.signal);
      try {
        const now = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
        if (pageAge(context.moment, now) > context.maxAgeMs) return "too-late";
        const ttl = remainingTtl(cells[0]!.expiresAt, serverNow(context.moment, now));
        if (ttl === undefined) continue;
        const conditional: ConditionalCell[] = cells.map(({ column, value, expected }) => ({
          column,
          value,
          expected,
          ttl,
        }));
        const { table } = context.task;
        const result = await sink.compareAndSet(
          table,
          row.key,
          conditional,
          context.writeConsistency,
          context.signal,
        );
        if (result !== "applied") return result;
      } finally {
        permit.release();
      }
    }
    return "applied";
  }

  /** Reads a row that lost, at the serial level, and works out what is left to write. */
  async #readAgain(
    row: RowWrite,
    context: WriteContext,
  ): Promise<{ row: RowWrite | undefined; moment: WriteContext["moment"] }> {
    const { clock } = this.#parts;
    const wallMs = clock.wallMs();
    const monotonicMs = clock.monotonicMs();
    const { task, signal } = context;
    const found = await this.#source.row(task.table, row.key, "SERIAL", signal);
    if (!found) return { row: undefined, moment: context.moment };
    // The serial read saw every transaction that was decided, so nothing in flight makes a cell too young.
    const work = await this.#rekeyer.work({ ...task, settleMs: 0 }, [found.row], found.serverTimeMs, signal);
    return { row: work.writes[0], moment: { wallMs, monotonicMs, serverMs: found.serverTimeMs } };
  }
}

function sameExpiry(cells: readonly PendingCell[]): readonly (readonly PendingCell[])[] {
  return [...Map.groupBy(cells, (cell) => cell.expiresAt).values()];
}
