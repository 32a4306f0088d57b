import { holdsWhole } from "@cassandra-rekey/cassandra";
import {
  type CellSource,
  type ConditionalCell,
  isRekeyError,
  type Row,
  type TableShape,
} from "@cassandra-rekey/core";
import type { PageWork, RowWrite } from "../page/page-work.ts";
import type { Rekeyer } from "../page/rekeyer.ts";
import { readTimedRow } from "../page/timed-row.ts";
import { PATIENT, withRetry } from "../retry.ts";
import {
  clocksPartedWays,
  type PendingCell,
  pageAge,
  type ReadMoment,
  remainingTtl,
  serverNow,
} from "./fence.ts";
import { retryTools, type WriterParts } from "./fenced-writer.ts";
import {
  NOTHING_WRITTEN,
  type PageWriter,
  sendPatiently,
  settleAll,
  type WriteContext,
  type WriteOutcome,
} from "./page-writer.ts";
import { avoidTurnOfSecond } from "./turn-of-second.ts";

/** How often a row that lost its compare-and-set is read again. */
const MOST_READINGS = 3;

/** How one turn at a row ended; `doubtful` cells were sent, and reading them again tells what became of them. */
interface Turn {
  readonly end: "applied" | "lost" | "unknown" | "too-late";
  readonly written: readonly PendingCell[];
  readonly doubtful: readonly PendingCell[];
  /** {@link WriteOutcome.trouble} */
  readonly trouble?: unknown;
}

/**
 * Writes each cell only while the column still holds the ciphertext that was read. Right where the application
 * writes these rows by lightweight transactions as well, at the same serial level. Writetimes are not kept.
 */
export class LwtWriter implements PageWriter {
  readonly #parts: WriterParts;
  readonly #source: CellSource;
  readonly #rekeyer: Rekeyer;
  readonly #serialConsistency: string | undefined;

  /** @param serialConsistency - That of the application's transactions; the sink decides when left out. */
  constructor(parts: WriterParts, source: CellSource, rekeyer: Rekeyer, serialConsistency?: string) {
    this.#parts = parts;
    this.#source = source;
    this.#rekeyer = rekeyer;
    this.#serialConsistency = serialConsistency;
  }

  async write(rows: readonly RowWrite[], context: WriteContext): Promise<WriteOutcome> {
    if (rows.length === 0) return NOTHING_WRITTEN;
    return settleAll(rows.map((row) => this.#writeRow(row, context)));
  }

  async #writeRow(first: RowWrite, context: WriteContext): Promise<WriteOutcome> {
    const { table } = context.task;
    const written: PendingCell[] = [];
    let row: RowWrite | undefined = first;
    let { moment } = context;
    let raced = 0;
    let left = 0;
    for (let readings = 0; row; readings += 1) {
      const turn = await this.#tryRow(row, { ...context, moment });
      written.push(...turn.written);
      if (turn.end === "too-late") {
        const { trouble } = turn;
        return {
          ...counted(written, table),
          raced,
          tooLate: true,
          ...(trouble !== undefined && { trouble }),
        };
      }
      if (turn.end === "applied") break;
      if (readings === MOST_READINGS) {
        left = row.cells.length;
        break;
      }
      const again = await this.#readAgain(row.key, context);
      if (again === "no-key") return { ...counted(written, table), raced, tooLate: true };
      const landed = turn.doubtful.filter((cell) => holds(again?.row, cell, table));
      written.push(...landed);
      if (turn.end === "lost" && landed.length < turn.doubtful.length) raced = 1;
      if (!again) break;
      left = again.work.young;
      moment = again.moment;
      row = again.work.writes[0];
    }
    return { ...counted(written, table), raced, left };
  }

  async #tryRow(row: RowWrite, context: WriteContext): Promise<Turn> {
    const written: PendingCell[] = [];
    for (const cells of transactions(row.cells, context.task.table)) {
      const tools = retryTools(this.#parts);
      const { sent: turn, trouble } = await sendPatiently(tools, context.signal, () =>
        this.#send(row, cells, context),
      );
      if (turn.end !== "applied") return { end: turn.end, written, doubtful: turn.sent, trouble };
      written.push(...turn.sent);
    }
    return { end: "applied", written, doubtful: [] };
  }

  async #send(
    row: RowWrite,
    cells: readonly PendingCell[],
    context: WriteContext,
  ): Promise<{ readonly end: Turn["end"]; readonly sent: readonly PendingCell[] }> {
    const { governor, sink, clock } = this.#parts;
    const { task, moment, signal } = context;
    const permit = await governor.leave("write", signal, sink.replicas?.(task.table, row.token), 1);
    let started = clock.monotonicMs();
    try {
      const isExpiring = cells.some(({ expiresAt }) => expiresAt !== undefined);
      if (isExpiring) {
        await this.#prepare(row, cells, context);
        await avoidTurnOfSecond(clock, moment, signal);
      }
      started = clock.monotonicMs();
      const now = { wallMs: clock.wallMs(), monotonicMs: started };
      const isUntimed = isExpiring && clocksPartedWays(moment, now);
      if (isUntimed || pageAge(moment, now) > context.maxAgeMs) return { end: "too-late", sent: [] };
      const sent = unexpired(cells, serverNow(moment, now));
      // What expires in a moment is left to it.
      if (sent.length === 0) return { end: "applied", sent };
      const conditional = sent.map((cell) => conditionalCell(cell, serverNow(moment, now)));
      const end = await sink.compareAndSet(
        task.table,
        row.key,
        conditional,
        context.writeConsistency,
        signal,
        this.#serialConsistency,
      );
      const latencyMs = clock.monotonicMs() - started;
      permit.release({ kind: "write", rows: 1, bytes: row.bytes, latencyMs });
      return { end, sent };
    } catch (error) {
      const code = isRekeyError(error) ? error.code : "unknown";
      const latencyMs = clock.monotonicMs() - started;
      permit.release({ kind: "write", rows: 0, bytes: 0, latencyMs, error: code });
      throw error;
    } finally {
      permit.release();
    }
  }

  /** A statement that had to be prepared first would arrive later than its times to live were computed for. */
  async #prepare({ key }: RowWrite, cells: readonly PendingCell[], context: WriteContext): Promise<void> {
    const { sink, clock } = this.#parts;
    const { task, moment, signal } = context;
    if (!sink.prepare) return;
    const nowMs = serverNow(moment, { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() });
    const conditional = unexpired(cells, nowMs).map((cell) => conditionalCell(cell, nowMs));
    if (conditional.length > 0) await sink.prepare(task.table, { key, conditional }, signal);
  }

  /**
   * Reads a row that lost, at the serial level, and works out what is left to write; `undefined` when it is gone, and
   * `no-key` when a key service is out of reach: then the page is read again, which waits for it.
   */
  async #readAgain(
    key: readonly Uint8Array[],
    { task, signal }: WriteContext,
  ): Promise<{ row: Row; work: PageWork; moment: ReadMoment } | "no-key" | undefined> {
    const { clock, governor } = this.#parts;
    return withRetry(retryTools(this.#parts), PATIENT, signal, async () => {
      const permit = await governor.leave("write", signal);
      try {
        const level = this.#serialConsistency ?? "SERIAL";
        const found = await readTimedRow({ source: this.#source, clock }, task.table, key, level, signal);
        if (!found) return undefined;
        // The serial read saw every transaction that was decided, so nothing in flight makes a cell too young.
        const settled = { ...task, settleMs: 0 };
        const { row, serverTimeMs, moment } = found;
        return { row, moment, work: await this.#rekeyer.work(settled, [row], serverTimeMs, signal) };
      } catch (error) {
        if (isRekeyError(error) && error.code === "KEY.UNAVAILABLE") return "no-key" as const;
        throw error;
      } finally {
        permit.release();
      }
    });
  }
}

function counted(written: readonly PendingCell[], table: TableShape): WriteOutcome {
  const rekeyed = written.some((cell) => cell.column !== table.label?.name) ? 1 : 0;
  return { ...NOTHING_WRITTEN, rekeyed, cells: written.length };
}

/** Whether the row now holds what was sent: then it was ours that arrived, whatever the answer said. */
function holds(row: Row | undefined, sent: PendingCell, table: TableShape): boolean {
  const value = row && storedValue(row, sent, table);
  return value !== undefined && Buffer.compare(value, sent.value) === 0;
}

function storedValue(
  row: Row,
  { column: name, part, value }: PendingCell,
  table: TableShape,
): Uint8Array | undefined {
  const field = part && "field" in part ? part.field : undefined;
  const index = table.columns.findIndex(
    (column) =>
      column.name === name && (typeof column.part === "object" ? column.part.field : undefined) === field,
  );
  if (index < 0) return row.label?.value;
  if (!part || "field" in part) return row.cells[index]?.value;
  const elements = (row.elements ?? []).filter(({ column }) => column === index);
  if ("position" in part) return elements[part.position]?.value;
  // The element that takes another's place in a set is there or not.
  const key = "key" in part ? part.key : value;
  return elements.find((element) => Buffer.compare(element.key, key) === 0)?.value;
}

/**
 * Cells that expire in the same second share a transaction. All elements of lists and sets share one: what the next of
 * two would expect is not what the first leaves. The one with the label comes last: where another loses, the label must not
 * say that its row is done.
 */
function transactions(
  cells: readonly PendingCell[],
  { label }: TableShape,
): readonly (readonly PendingCell[])[] {
  const groups = Map.groupBy(cells, (cell) => (holdsWhole(cell) ? "elements" : cell.expiresAt)).values();
  const isLast = (group: readonly PendingCell[]) => group.some(({ column }) => column === label?.name);
  return [...groups].sort((a, b) => Number(isLast(a)) - Number(isLast(b)));
}

function unexpired(cells: readonly PendingCell[], serverNowMs: number): readonly PendingCell[] {
  return cells.filter((cell) => remainingTtl(cell.expiresAt, serverNowMs) !== undefined);
}

function conditionalCell(cell: PendingCell, serverNowMs: number): ConditionalCell {
  const { column, part, value, expected, expiresAt } = cell;
  return { column, ...(part && { part }), value, expected, ttl: remainingTtl(expiresAt, serverNowMs)! };
}
