import {
  type Clock,
  type JobKind,
  type QuarantineEntry,
  type Random,
  RekeyError,
  type StateStore,
} from "@cassandra-rekey/core";
import type { HookDispatcher } from "../hooks/hook-dispatcher.ts";
import type { PageTask, PageWork, RowWrite } from "../page/page-work.ts";
import { PATIENT, withRetry } from "../retry.ts";
import { anySignal } from "../signals.ts";
import { NOTHING_WRITTEN, type WriteOutcome } from "../writer/page-writer.ts";
import type { SettleTime } from "../writer/settle-time.ts";
import type { DriftCheck } from "./drift-check.ts";
import type { HeldChunk } from "./held-chunk.ts";
import type { KeyGuard } from "./key-guard.ts";
import type { KeyOutage } from "./key-outage.ts";
import type { OutageWatch } from "./outage-watch.ts";
import type { PageReader, TimedPage } from "./page-reader.ts";
import { addPage, type Credit } from "./page-totals.ts";
import { type PagePlace, RowIsolation } from "./row-isolation.ts";
import type { TableRun } from "./table-run.ts";

/** What a {@link ChunkRunner} is made of. */
export interface ChunkRunnerParts {
  readonly kind: JobKind;
  readonly store: StateStore;
  readonly reader: PageReader;
  readonly guard: KeyGuard;
  readonly outage: KeyOutage;
  readonly hooks: HookDispatcher;
  readonly clock: Clock;
  readonly random: Random;
  readonly settle: SettleTime;
  readonly nodeOutages: OutageWatch;
  /** Asked before anything of a page is written: a chunk may take hours. */
  readonly checkDrift: DriftCheck;
  /** Attempts that a chunk has; on the last of them the rows that fail are looked for. */
  readonly maxAttempts: number;
  /** Whether the chunk should be given back after the page in hand. */
  readonly shouldYield: (worker: string) => Promise<boolean>;
  readonly onPage: (rows: number) => void;
}

/** How a chunk's turn ended. */
export type ChunkOutcome = "finished" | "released" | "lost";

/** A page that was worked on, with what that took. */
interface WorkedPage {
  readonly work: PageWork;
  readonly outcome: WriteOutcome;
  readonly sealMs: number;
  readonly writeMs: number;
}

/** A page that still runs out of time after this many smaller readings is an error, not bad luck. */
const MOST_READINGS = 12;

/** Takes one held chunk from its cursor to its end, page by page; the next page is fetched while one is worked on. */
export class ChunkRunner {
  readonly #parts: ChunkRunnerParts;
  readonly #isolation = new RowIsolation();

  constructor(parts: ChunkRunnerParts) {
    this.#parts = parts;
  }

  /**
   * `quiet` aborts when the worker should stop or the job is paused: a page that is only being read, or waits for leave or
   * for a key service, is given up then, and the chunk given back.
   */
  async run(
    held: HeldChunk,
    run: TableRun,
    quiet: AbortSignal,
    releaseSignal: AbortSignal,
  ): Promise<ChunkOutcome> {
    const yielding = new AbortController();
    const reading = anySignal([held.signal, quiet, yielding.signal]);
    const fetch = (cursor: string | undefined) => this.#fetch(held, run, cursor, reading);
    let fetching = fetch(held.cursor);
    let credit: Credit = NOTHING_WRITTEN;
    let readings = 0;
    try {
      for (;;) {
        const timed = await fetching.catch((error: unknown) => {
          if (quiet.aborted && !held.signal.aborted) return undefined;
          throw error;
        });
        if (!timed) return await giveBack(held, releaseSignal);
        const { page } = timed;
        if (page.next !== undefined) fetching = fetch(page.next);
        const worked = await this.#workOn(timed, held, run, quiet);
        if (!worked) return await giveBack(held, releaseSignal);
        const { work, outcome } = worked;
        if (outcome.tooLate) {
          readings += 1;
          if (readings >= MOST_READINGS) throw outcome.trouble ?? this.#neverInTime(run, timed);
          credit = addCredit(credit, outcome);
          this.#parts.guard.forget(work, run, held.chunk.visit);
          run.pageSize.ranOutOfTime(page.rows.length);
          this.#emitDropped(held, timed);
          if (page.next !== undefined) await fetching.catch(() => {});
          fetching = fetch(held.cursor);
          continue;
        }
        run.pageSize.inTime();
        const { visit } = held.chunk;
        const outages = this.#parts.kind === "rekey" ? this.#parts.nodeOutages.look() : [];
        const added = addPage(held.totals, { work, outcome, credit, bytes: page.bytes, visit, outages });
        credit = added.credit;
        readings = 0;
        this.#parts.onPage(page.rows.length);
        this.#emitDone(held, timed, worked);
        await this.#parts.hooks.heard(held.signal);
        if (page.next === undefined)
          return (await held.finish(added.totals)) === "held" ? "finished" : "lost";
        await held.advance(page.next, added.totals);
        if (held.isLost) return "lost";
        if (await this.#parts.shouldYield(held.worker)) {
          yielding.abort();
          await fetching.catch(() => {});
          return await giveBack(held, releaseSignal);
        }
      }
    } catch (error) {
      if (held.isLost) return "lost";
      throw error;
    } finally {
      // A page fetched ahead may still fail when nobody waits for it any more.
      fetching.catch(() => {});
    }
  }

  #fetch(
    held: HeldChunk,
    run: TableRun,
    cursor: string | undefined,
    signal: AbortSignal,
  ): Promise<TimedPage> {
    const request = {
      table: run.shape,
      range: held.chunk.range,
      cursor,
      maxRows: run.pageSize.rows,
      consistency: run.readConsistency,
      ...(run.table.replica !== undefined && { host: run.table.replica }),
    };
    const reading = this.#parts.reader.read(request, signal);
    reading.catch(() => {});
    return reading;
  }

  async #workOn(
    timed: TimedPage,
    held: HeldChunk,
    run: TableRun,
    quiet: AbortSignal,
  ): Promise<WorkedPage | undefined> {
    const { kind, settle, guard, outage, clock } = this.#parts;
    const { page, moment } = timed;
    run.pageSize.learn(page.rows.length, page.bytes);
    const task: PageTask = {
      table: run.shape,
      tableId: run.table.id,
      kind,
      writeMode: run.table.writeMode,
      settleMs: page.serverTimeMs === undefined ? settle.ms : settle.measure(moment),
      visit: held.chunk.visit,
    };
    const serverMs = page.serverTimeMs ?? moment.serverMs;
    const sealingAtMs = clock.monotonicMs();
    const place: PagePlace = { shape: run.shape, tableId: run.table.id };
    const isLastAttempt = held.chunk.attempt + 1 >= this.#parts.maxAttempts;
    const read = await outage.outlast(held.signal, quiet, () =>
      this.#isolation.work(page.rows, place, isLastAttempt, (rows) =>
        run.rekeyer.work(task, rows, serverMs, held.signal),
      ),
    );
    if (!read) return undefined;
    const sealMs = clock.monotonicMs() - sealingAtMs;
    await this.#checkDrift(read, sealingAtMs, held.signal);
    await this.#setAside(read.quarantine, held);
    guard.check(read, run, held.chunk.visit);
    const started = clock.monotonicMs();
    const { outcome, refused } =
      kind === "rekey"
        ? await this.#isolation.write(read.writes, place, isLastAttempt, (rows) =>
            this.#write(rows, timed, task, held, run),
          )
        : { outcome: wouldWrite(read), refused: [] };
    const work = withRefused(read, refused);
    if (refused.length > 0) {
      await this.#setAside(refused, held);
      guard.check({ census: [], quarantine: refused }, run, held.chunk.visit);
    }
    return { work, outcome, sealMs, writeMs: clock.monotonicMs() - started };
  }

  /** A value that its key does not prove may be the mask that was put on it: then the schema says so by now. */
  async #checkDrift({ isUnproven }: PageWork, readAtMs: number, signal: AbortSignal): Promise<void> {
    const { checkDrift } = this.#parts;
    await withRetry(this.#parts, PATIENT, signal, () => checkDrift(isUnproven ? readAtMs : undefined));
  }

  #emitDone(
    { chunk }: HeldChunk,
    { page, readMs }: TimedPage,
    { outcome, sealMs, writeMs }: WorkedPage,
  ): void {
    this.#parts.hooks.emit({
      type: "page.done",
      jobId: chunk.jobId,
      table: chunk.table,
      chunkId: chunk.id,
      rows: page.rows.length,
      rekeyed: outcome.rekeyed,
      raced: outcome.raced,
      bytes: page.bytes,
      readMs,
      sealMs,
      writeMs,
    });
  }

  /** Before the page counts: an entry that is recorded twice is one entry, a lost one would be nowhere. */
  async #setAside(entries: readonly QuarantineEntry[], held: HeldChunk): Promise<void> {
    if (entries.length === 0) return;
    const { store, hooks } = this.#parts;
    const { jobId } = held.chunk;
    await withRetry(this.#parts, PATIENT, held.signal, () => store.quarantine(jobId, entries, held.signal));
    hooks.emit({ type: "quarantine", jobId, entries });
  }

  #write(
    rows: readonly RowWrite[],
    timed: TimedPage,
    task: PageTask,
    held: HeldChunk,
    run: TableRun,
  ): Promise<WriteOutcome> {
    return run.writer.write(rows, {
      task,
      moment: timed.moment,
      readConsistency: run.readConsistency,
      writeConsistency: run.writeConsistency,
      maxAgeMs: run.maxAgeMs,
      signal: held.signal,
    });
  }

  #emitDropped(held: HeldChunk, timed: TimedPage): void {
    const ageMs = this.#parts.clock.monotonicMs() - timed.moment.monotonicMs;
    const { jobId, table, id: chunkId } = held.chunk;
    this.#parts.hooks.emit({ type: "page.dropped", jobId, table, chunkId, ageMs });
  }

  #neverInTime(run: TableRun, timed: TimedPage): RekeyError {
    return new RekeyError(
      "CLUSTER.TIMEOUT",
      `a page of ${timed.page.rows.length} rows of ${run.table.id} could not be written within ${run.maxAgeMs} ms, ${MOST_READINGS} times in a row`,
    );
  }
}

function withRefused(work: PageWork, refused: readonly QuarantineEntry[]): PageWork {
  if (refused.length === 0) return work;
  const rows = new Set(refused.map(({ key }) => key));
  return {
    ...work,
    quarantine: [...work.quarantine, ...refused],
    quarantinedRows: work.quarantinedRows + rows.size,
  };
}

function wouldWrite(work: PageWork): WriteOutcome {
  const rekeyed = work.writes.filter((row) => row.rekeys);
  return {
    ...NOTHING_WRITTEN,
    rekeyed: rekeyed.length,
    cells: rekeyed.reduce((sum, row) => sum + row.cells.length, 0),
  };
}

function addCredit(a: Credit, b: Credit): Credit {
  return { rekeyed: a.rekeyed + b.rekeyed, cells: a.cells + b.cells, raced: a.raced + b.raced };
}

async function giveBack(held: HeldChunk, signal: AbortSignal): Promise<ChunkOutcome> {
  return (await held.release(signal)) === "held" ? "released" : "lost";
}
