import type { Job, StateStore, TableProgress } from "@cassandra-rekey/core";
import type { StatusReport, StatusTable } from "./reports.ts";

/** One table's progress as reports show it. */
export function statusTable(job: Job, progress: TableProgress): StatusTable {
  const table = job.tables.find((candidate) => candidate.id === progress.table);
  const { scanned, rekeyed, skipped, raced, quarantined, young } = progress.totals;
  return {
    keyspace: table?.keyspace,
    name: table?.name ?? progress.table,
    chunks: progress.chunks,
    rows: { scanned, rekeyed, skipped, raced: table?.writeMode === "lwt" ? raced : null, quarantined },
    young,
    fraction: progress.fraction,
    lastError: progress.lastError,
  };
}

/** Where a job stands, from its store alone. */
export async function readStatus(store: StateStore, job: Job, signal: AbortSignal): Promise<StatusReport> {
  const [progress, workers, quarantined] = await Promise.all([
    store.progress(job.id, signal),
    store.workers(job.id, signal),
    countQuarantined(store, job.id, signal),
  ]);
  return {
    jobId: job.id,
    kind: job.kind,
    state: job.state,
    createdAt: job.createdAt,
    origin: job.origin,
    tables: progress.map((table) => statusTable(job, table)),
    workers,
    quarantined,
  };
}

/** How many cells are in quarantine. */
export async function countQuarantined(
  store: StateStore,
  jobId: string,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  for await (const _ of store.quarantined(jobId, signal)) count += 1;
  return count;
}
