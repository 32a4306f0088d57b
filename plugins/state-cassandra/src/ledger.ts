import {
  decodeTotals,
  encodeTotals,
  MAX_TOKEN,
  MIN_TOKEN,
  type TokenRange,
  type Totals,
  ZERO_TOTALS,
} from "@cassandra-rekey/core";
import type { types } from "cassandra-driver";
import { FORMAT } from "./schema.ts";
import type { Statement, StateSession } from "./state-session.ts";

/** One chunk as `rekey_chunks` has it. Leases are the truth; this is what the Python tool understands. */
export interface LedgerEntry {
  readonly table: string;
  readonly chunkId: number;
  readonly range: TokenRange;
  readonly status: string;
  readonly attempt: number;
  readonly visit: number;
  readonly totals: Totals;
  readonly lastError: string | undefined;
  readonly updatedAtMs: number;
  /** Newest writetime of its cells, µs: what is written next must be newer, whoever's clock dated them. */
  readonly writetime: bigint;
  /** Planned by the Python tool. */
  readonly isPython: boolean;
}

/** What changes in a ledger entry. */
export interface LedgerChange {
  readonly status: "PENDING" | "RUNNING" | "DONE" | "FAILED";
  readonly totals?: Totals;
  readonly attempt?: number;
  readonly visit?: number;
  readonly lastError?: string;
}

const BATCH_ROWS = 50;
/** The Python tool made `rows_processed` an int; our own count is in `totals`. */
const LARGEST_INT = 2 ** 31 - 1;
/** Cells that the Python tool writes, each dated by some client's clock or by a transaction. */
const DATED = ["status", "rows_processed", "attempt", "last_error", "updated_at"];

/** The ledger of chunks. */
export class Ledger {
  readonly #state: StateSession;

  constructor(state: StateSession) {
    this.#state = state;
  }

  /** All entries of a table, or one. */
  async read(
    jobId: string,
    table: string,
    signal: AbortSignal,
    chunkId?: number,
  ): Promise<readonly LedgerEntry[]> {
    const one = chunkId === undefined ? "" : " AND chunk_id = ?";
    const rows = await this.#state.rows(
      `SELECT chunk_id, start_token, end_token, status, attempt, last_error, updated_at, format, totals, visit, rows_processed,
       ${DATED.map((column) => `WRITETIME(${column}) AS ${column}_at`).join(", ")}
       FROM ${this.#table} WHERE job_id = ? AND table_name = ?${one}`,
      [jobId, table, ...(chunkId === undefined ? [] : [chunkId])],
      signal,
    );
    // An update that came after somebody had deleted the row leaves one without bounds.
    return rows.filter((row) => row.get("start_token") !== null).map((row) => readEntry(table, row));
  }

  /**
   * Stores a table's chunks in place of whatever an unfinished plan of the same job left there. `beforeReplacing` is asked
   * just before other chunks are deleted, and rejects where they turned out to be those of a job.
   */
  async create(
    jobId: string,
    table: string,
    ranges: readonly TokenRange[],
    format: number,
    wallMs: number,
    signal: AbortSignal,
    beforeReplacing: () => Promise<void> = async () => {},
  ): Promise<void> {
    const stored = await this.read(jobId, table, signal);
    const isOurs = format === FORMAT && arePartOf(stored, ranges);
    const newest = stored.reduce((latest, { writetime }) => (writetime > latest ? writetime : latest), 0n);
    const now = await this.#state.serverMicros(signal);
    const at = newest >= now ? newest + 1n : now;
    if (!isOurs) {
      await beforeReplacing();
      await this.#state.rows(
        `DELETE FROM ${this.#table} USING TIMESTAMP ? WHERE job_id = ? AND table_name = ?`,
        [at, jobId, table],
        signal,
      );
    }
    // Processes that come to the same sweep store it at once: what is there may be at work already, and what one of them
    // took away the other would miss, for good if it were stopped then.
    const present = new Set(isOurs ? stored.map(({ chunkId }) => chunkId) : []);
    const missing = [...ranges.entries()].filter(([chunkId]) => !present.has(chunkId));
    for (let start = 0; start < missing.length; start += BATCH_ROWS) {
      const statements = missing.slice(start, start + BATCH_ROWS).map(
        ([chunkId, range]): Statement => ({
          query: `INSERT INTO ${this.#table} (job_id, table_name, chunk_id, start_token, end_token, status, rows_processed, attempt, updated_at, format, visit)
          VALUES (?, ?, ?, ?, ?, 'PENDING', 0, 0, ?, ?, 0) USING TIMESTAMP ?`,
          params: [jobId, table, chunkId, range.after, range.upTo, new Date(wallMs), format, at + 1n],
        }),
      );
      await this.#state.batch(statements, signal);
    }
  }

  /**
   * Changes an entry, dated `atMicros`, or just after the entry where that is dated ahead. Tells whether `atMicros` was
   * late enough.
   */
  async update(
    jobId: string,
    entry: LedgerEntry,
    change: LedgerChange,
    { atMicros, wallMs }: { readonly atMicros: bigint; readonly wallMs: number },
    signal: AbortSignal,
  ): Promise<boolean> {
    const isLater = atMicros > entry.writetime;
    const lastError = change.lastError ?? entry.lastError;
    // A null would be a tombstone in each row of a large partition.
    const also = lastError === undefined ? "" : ", last_error = ?";
    await this.#state.rows(
      `UPDATE ${this.#table} USING TIMESTAMP ? SET status = ?, updated_at = ?, rows_processed = ?, attempt = ?, visit = ?, totals = ?${also}
       WHERE job_id = ? AND table_name = ? AND chunk_id = ?`,
      [
        isLater ? atMicros : entry.writetime + 1n,
        change.status,
        new Date(wallMs),
        Math.min((change.totals ?? entry.totals).rekeyed, LARGEST_INT),
        change.attempt ?? entry.attempt,
        change.visit ?? entry.visit,
        encodeTotals(change.totals ?? entry.totals),
        ...(lastError === undefined ? [] : [lastError]),
        jobId,
        entry.table,
        entry.chunkId,
      ],
      signal,
    );
    return isLater;
  }

  get #table(): string {
    return this.#state.table("rekey_chunks");
  }
}

/** Whether what is stored is this plan, all of it or what came of it so far. */
function arePartOf(stored: readonly LedgerEntry[], ranges: readonly TokenRange[]): boolean {
  return stored.every(({ range, chunkId, isPython }) => {
    const planned = ranges[chunkId];
    return !isPython && range.after === planned?.after && range.upTo === planned.upTo;
  });
}

function readEntry(table: string, row: types.Row): LedgerEntry {
  const isPython = row.get("format") === null;
  const start = row.get("start_token") as bigint;
  const end = row.get("end_token") as bigint;
  return {
    table,
    chunkId: Number(row.get("chunk_id")),
    range: isPython ? pythonRange(start, end) : { after: start, upTo: end },
    status: String(row.get("status")),
    attempt: Number(row.get("attempt") ?? 0),
    visit: Number(row.get("visit") ?? 0),
    totals: readTotals(row),
    lastError: (row.get("last_error") as string | null) ?? undefined,
    updatedAtMs: (row.get("updated_at") as Date | null)?.getTime() ?? 0,
    writetime: DATED.map((column) => (row.get(`${column}_at`) as bigint | null) ?? 0n).reduce((a, b) =>
      a > b ? a : b,
    ),
    isPython,
  };
}

/** The Python tool counts the rows that it rewrote, and nothing else. */
function readTotals(row: types.Row): Totals {
  const own = row.get("totals") as string | null;
  if (own !== null) return decodeTotals(own);
  const rows = Number(row.get("rows_processed") ?? 0);
  return { ...ZERO_TOTALS, scanned: rows, rekeyed: rows };
}

/** The Python tool's bounds: start inclusive, end exclusive, but for the end of the ring. */
export function pythonRange(start: bigint, end: bigint): TokenRange {
  return {
    after: start === MIN_TOKEN ? MIN_TOKEN : start - 1n,
    upTo: end === MAX_TOKEN ? MAX_TOKEN : end - 1n,
  };
}
