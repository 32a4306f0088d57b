import {
  addTotals,
  type Job,
  type StateStore,
  type TableProgress,
  type Totals,
  ZERO_TOTALS,
} from "@cassandra-rekey/core";
import { costNotes } from "./keyring/key-costs.ts";
import type { Keyrings } from "./keyring/keyrings.ts";
import type { CensusLine, RunReport } from "./reports.ts";
import { countQuarantined, statusTable } from "./status.ts";

/** How a call of `run` went. */
export interface RunEnd {
  readonly outcome: RunReport["outcome"];
  /** Rows scanned by this process. */
  readonly scanned: number;
  readonly elapsedMs: number;
  readonly abort: AbortSignal;
}

/** Sums up a job as its store knows it at the end of a call. */
export async function runReport(
  parts: { readonly store: StateStore; readonly keyrings: Pick<Keyrings, "keys"> },
  job: Job,
  end: RunEnd,
): Promise<RunReport> {
  const progress = await parts.store.progress(job.id, end.abort);
  const totals = progress.reduce<Totals>(
    (sum, table) => addTotals(sum, { ...table.totals, census: [] }),
    ZERO_TOTALS,
  );
  const { young } = totals;
  return {
    jobId: job.id,
    kind: job.kind,
    outcome: end.outcome,
    tables: progress.map((table) => statusTable(job, table)),
    totals,
    census: censusLines(job, progress),
    quarantined: await countQuarantined(parts.store, job.id, end.abort),
    young,
    elapsedMs: end.elapsedMs,
    scanned: end.scanned,
    estimateMs:
      job.kind === "dry-run" && end.outcome === "done" ? estimateMs(end, totals.scanned) : undefined,
    notes: [...notesOn(totals), ...costNotes(parts.keyrings.keys)],
  };
}

/** Less of a dry run than this share of its rows tells little of the rest: starting up takes its time, too. */
const TELLING_SHARE = 0.1;

/**
 * How long a run in one process would take, by the rows of a dry run that this call has read: others may have read the
 * rest, before it was interrupted or in other processes.
 */
function estimateMs({ elapsedMs, scanned }: RunEnd, all: number): number | undefined {
  if (scanned < all * TELLING_SHARE) return undefined;
  const shares = scanned === 0 ? 1 : Math.max(1, all / scanned);
  // Writing takes about as long again as reading and sealing: measured at one half to two thirds of a run.
  return elapsedMs * shares * 2.5;
}

/** The census of a job, with the place of each line. */
export function censusLines(job: Job, progress: readonly TableProgress[]): readonly CensusLine[] {
  return progress.flatMap((table) => {
    const place = job.tables.find((candidate) => candidate.id === table.table);
    return table.totals.census.map((entry) => ({
      keyspace: place?.keyspace ?? "",
      table: place?.name ?? table.table,
      ...(place?.replica !== undefined && { replica: place.replica }),
      ...entry,
    }));
  });
}

function notesOn(totals: Totals): readonly string[] {
  const notes: string[] = [];
  if (totals.young > 0) {
    notes.push(
      `${totals.young} cells under a previous key are too young to be rewritten: some application still writes with the old key`,
    );
  }
  if (totals.raced > 0) notes.push(`${totals.raced} rows were won by an application write and read again`);
  return notes;
}
