import {
  type Chunk,
  decodeTotals,
  ringFraction,
  sumTotals,
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

/** Sums up the rows of one table, as many at a time as there are. */
export class ProgressSum {
  readonly #chunks = { pending: 0, running: 0, done: 0, failed: 0 };
  #totals: Totals = ZERO_TOTALS;
  #fraction = 0;
  #lastError: string | undefined;

  add(rows: readonly Row[]): void {
    this.#totals = sumTotals([this.#totals, ...rows.map(totalsOf)]);
    for (const row of rows) {
      const state = row.state as keyof TableProgress["chunks"];
      this.#chunks[state] += 1;
      if (state === "done") this.#fraction += ringFraction(rangeOf(row));
      this.#lastError = (row.last_error as string | null) ?? this.#lastError;
    }
  }

  of(table: string): TableProgress {
    const fraction = Math.min(1, this.#fraction);
    return { table, chunks: this.#chunks, totals: this.#totals, fraction, lastError: this.#lastError };
  }
}

function rangeOf(row: Row): TokenRange {
  return { after: row.after_token as bigint, upTo: row.up_to_token as bigint };
}
