import {
  addTotals,
  type Chunk,
  decodeTotals,
  ringFraction,
  type TableProgress,
  type TokenRange,
  type Totals,
  ZERO_TOTALS,
} from "@cassandra-rekey/core";
import type { Row } from "./database.ts";

/** A row of `chunks` as a worker gets it. */
export function readChunk(row: Row): Chunk {
  return {
    jobId: String(row.job_id),
    table: String(row.table_name),
    id: Number(row.chunk_id),
    range: rangeOf(row),
    cursor: (row.cursor as string | null) ?? undefined,
    totals: totalsOf(row),
    attempt: Number(row.attempt),
    visit: Number(row.visit),
  };
}

/** What the attempts on a chunk have done so far. */
export function totalsOf(row: Row): Totals {
  return decodeTotals(row.totals as string | null);
}

/** Sums up the rows of one table. */
export function tableProgress(table: string, rows: readonly Row[]): TableProgress {
  const chunks = { pending: 0, running: 0, done: 0, failed: 0 };
  let totals: Totals = ZERO_TOTALS;
  let fraction = 0;
  let lastError: string | undefined;
  for (const row of rows) {
    const state = row.state as keyof typeof chunks;
    chunks[state] += 1;
    totals = addTotals(totals, totalsOf(row));
    if (state === "done") fraction += ringFraction(rangeOf(row));
    lastError = (row.last_error as string | null) ?? lastError;
  }
  return { table, chunks, totals, fraction: Math.min(1, fraction), lastError };
}

function rangeOf(row: Row): TokenRange {
  return { after: row.after_token as bigint, upTo: row.up_to_token as bigint };
}
