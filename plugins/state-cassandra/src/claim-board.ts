import type { Chunk, Claim, Clock, Random } from "@cassandra-rekey/core";
import { type ChunkBook, keyOf } from "./chunk-book.ts";
import type { JobRows } from "./job-rows.ts";
import type { LeaseRow, Leases } from "./leases.ts";
import type { Ledger, LedgerEntry } from "./ledger.ts";
import type { StateSession } from "./state-session.ts";

/** What a {@link ClaimBoard} is made of. */
export interface ClaimBoardParts {
  readonly state: StateSession;
  readonly jobs: JobRows;
  readonly ledger: Ledger;
  readonly leases: Leases;
  readonly book: ChunkBook;
  readonly clock: Clock;
  readonly random: Random;
  /** Age after which a chunk that the Python tool left running counts as abandoned, milliseconds. */
  readonly pythonStuckMs: number;
}

/** How long a worker waits when others hold all that is left, milliseconds. */
const WAIT_MS = 1_000;
/** How long chunks that the ledger lacks may be on their way from another data centre, milliseconds. */
const LATE_MS = 10_000;
/** How long others' chunks are looked after by their leases alone before all of the ledger is read again, milliseconds. */
const LEDGER_MS = 30_000;

/** Chunks that were open when the ledger was last read, and the cluster's time then. Shared by the process's workers. */
interface Board {
  readonly open: LedgerEntry[];
  /** What others held when it was tried. */
  readonly held: LedgerEntry[];
  /** Monotonic time of the reading. */
  readonly readAtMs: number;
  readonly serverMs: number;
  /** How many were open. */
  readonly found: number;
  /** How many of these turned out to be over for good. */
  over: number;
  /** Chunks of the plan that were not in the ledger. */
  readonly missing: number;
}

/** How an attempt on one chunk went: `held` by others, or `over` for good. */
type Attempt = Extract<Claim, { kind: "chunk" }> | "held" | "over";

/**
 * Finds chunks to claim. The ledger is read once and then worked off from a random place; what others hold is tried
 * again by its lease, for a ledger may have 10,000 rows and the last chunks may take hours. It is read again when nothing
 * is left of it, and now and then; the job is done only when every chunk's lease says so.
 */
export class ClaimBoard {
  readonly #parts: ClaimBoardParts;
  readonly #boards = new Map<string, Board>();
  /** Readings under way: workers that run out of chunks together share one, for a ledger may have 10,000 rows. */
  readonly #readings = new Map<string, Promise<Board>>();
  /** When chunks of a job were first found missing. */
  readonly #missingSinceMs = new Map<string, number>();

  constructor(parts: ClaimBoardParts) {
    this.#parts = parts;
  }

  /** Rejects with `JOB.NOT_FOUND` as soon as the ledger has to be read: the job itself is asked for no more often. */
  async claim(jobId: string, worker: string, leaseMs: number, signal: AbortSignal): Promise<Claim> {
    const known = this.#boards.get(jobId);
    if (known) {
      const found = await this.#work(jobId, known, worker, leaseMs, signal);
      if (found) return found;
      if (this.#parts.clock.monotonicMs() - known.readAtMs < LEDGER_MS) {
        known.open.push(...known.held.splice(0));
        const freed = await this.#work(jobId, known, worker, leaseMs, signal);
        if (freed) return freed;
        if (known.held.length > 0) return { kind: "wait", ms: WAIT_MS };
      }
    }
    for (;;) {
      const underWay = this.#readings.get(jobId);
      const board = await this.#fresh(jobId, signal);
      const claim = await this.#work(jobId, board, worker, leaseMs, signal);
      if (claim) return claim;
      // What another worker of this process took off the board is not over.
      if (board.over < board.found || this.#mayBeLate(jobId, board)) return { kind: "wait", ms: WAIT_MS };
      // A reading that began before this call may have missed a chunk that was opened again before it.
      if (underWay === undefined) return { kind: "done" };
    }
  }

  forget(jobId: string): void {
    this.#boards.delete(jobId);
    this.#readings.delete(jobId);
  }

  /** A board as the ledger is now, or as the reading that is under way finds it. */
  async #fresh(jobId: string, signal: AbortSignal): Promise<Board> {
    for (;;) {
      const underWay = this.#readings.get(jobId);
      if (underWay === undefined) break;
      try {
        return await underWay;
      } catch {
        // It may have ended with the signal of the worker that began it.
        signal.throwIfAborted();
      }
    }
    const reading = this.#read(jobId, signal);
    this.#readings.set(jobId, reading);
    const isCurrent = () => this.#readings.get(jobId) === reading;
    try {
      const board = await reading;
      if (isCurrent()) this.#boards.set(jobId, board);
      return board;
    } finally {
      if (isCurrent()) this.#readings.delete(jobId);
    }
  }

  async #read(jobId: string, signal: AbortSignal): Promise<Board> {
    const { jobs, ledger, state, clock, random } = this.#parts;
    const readAtMs = clock.monotonicMs();
    const job = await jobs.require(jobId, signal);
    const serverMs = Number((await state.serverMicros(signal)) / 1000n);
    const tables = await Promise.all(job.tables.map((table) => ledger.read(jobId, table.id, signal)));
    // Also what failed for good: whoever gave it back may have died before the ledger was told.
    const open = tables.flat().filter((entry) => entry.status !== "DONE");
    // The Python tool's own count is not held to what it stored.
    const planned = job.origin === "python" ? 0 : job.tables.reduce((sum, { chunks }) => sum + chunks, 0);
    const first = Math.floor(random.fraction() * open.length);
    return {
      open: [...open.slice(first), ...open.slice(0, first)],
      held: [],
      readAtMs,
      serverMs,
      found: open.length,
      over: 0,
      missing: Math.max(0, planned - tables.flat().length),
    };
  }

  /** A plan that another data centre has just stored is seen there first: what is missing may still come. */
  #mayBeLate(jobId: string, { missing }: Board): boolean {
    if (missing === 0) {
      this.#missingSinceMs.delete(jobId);
      return false;
    }
    const nowMs = this.#parts.clock.monotonicMs();
    const sinceMs = this.#missingSinceMs.get(jobId) ?? nowMs;
    this.#missingSinceMs.set(jobId, sinceMs);
    return nowMs - sinceMs < LATE_MS;
  }

  /** Tries the board's chunks until one is got. */
  async #work(
    jobId: string,
    board: Board,
    worker: string,
    leaseMs: number,
    signal: AbortSignal,
  ): Promise<Extract<Claim, { kind: "chunk" }> | undefined> {
    for (let entry = board.open.shift(); entry; entry = board.open.shift()) {
      const attempt = await this.#try(jobId, entry, board.serverMs, worker, leaseMs, signal);
      if (typeof attempt === "object") return attempt;
      if (attempt === "over") board.over += 1;
      else board.held.push(entry);
    }
    return undefined;
  }

  async #try(
    jobId: string,
    entry: LedgerEntry,
    serverMs: number,
    worker: string,
    leaseMs: number,
    signal: AbortSignal,
  ): Promise<Attempt> {
    const { leases, book } = this.#parts;
    const key = keyOf(jobId, entry);
    const row = await leases.read(key, signal);
    if (row?.state === "done" || row?.state === "failed") {
      // A worker died between ending its lease and telling the ledger.
      await book.follow(key, signal);
      return "over";
    }
    if (row ? row.owner !== undefined : this.#heldByPython(entry, serverMs)) return "held";
    const lease = await leases.take(key, row, worker, leaseMs, entry, signal);
    if (!lease) return "held";
    await book.follow(key, signal);
    return { kind: "chunk", lease, chunk: chunkOf(jobId, entry, row) };
  }

  #heldByPython(entry: LedgerEntry, serverMs: number): boolean {
    return entry.status === "RUNNING" && serverMs - entry.updatedAtMs < this.#parts.pythonStuckMs;
  }
}

function chunkOf(jobId: string, entry: LedgerEntry, row: LeaseRow | undefined): Chunk {
  return {
    jobId,
    table: entry.table,
    id: entry.chunkId,
    range: entry.range,
    cursor: row?.cursor,
    totals: row?.totals ?? entry.totals,
    attempt: row?.attempt ?? entry.attempt,
    visit: row?.visit ?? entry.visit,
  };
}
