import type { ChunkCounts, Job, StateStore, TableProgress, WorkerReport } from "@cassandra-rekey/core";
import type { StatusReport, StatusTable } from "./reports.ts";
import { missedWrites, outageText } from "./verify/missed-writes.ts";

/** One table's progress as reports show it. */
export function statusTable(job: Job, progress: TableProgress): StatusTable {
  const table = job.tables.find((candidate) => candidate.id === progress.table);
  const { scanned, rekeyed, skipped, raced, quarantined, young } = progress.totals;
  return {
    keyspace: table?.keyspace,
    name: table?.name ?? progress.table,
    ...(table?.scan && { scan: table.scan }),
    chunks: progress.chunks,
    rows: { scanned, rekeyed, skipped, raced: table?.writeMode === "lwt" ? raced : null, quarantined },
    young,
    // A replica holds a part of the ring: all of what it has is 1 as well.
    fraction: table?.replica === undefined ? progress.fraction : doneOf(progress.chunks),
    ...(table?.replica !== undefined && { replica: table.replica }),
    lastError: progress.lastError,
  };
}

function doneOf({ pending, running, done, failed }: ChunkCounts): number {
  return done / Math.max(1, pending + running + done + failed);
}

/** What a process that is no longer at a job says last that it waits for. */
export const ENDED = "ended";

/** A process reports every five seconds; after three that did not come it is probably gone. */
const QUIET_SECONDS = 15;

/** The processes that are at a job, as far as can be told. */
export function liveWorkers(workers: readonly WorkerReport[]): readonly WorkerReport[] {
  return workers.filter((worker) => worker.waiting !== ENDED && (worker.ageSeconds ?? 0) <= QUIET_SECONDS);
}

/** Where a job stands, from its store alone. */
export async function readStatus(store: StateStore, job: Job, signal: AbortSignal): Promise<StatusReport> {
  const [progress, workers, quarantined, controls] = await Promise.all([
    store.progress(job.id, signal),
    store.workers(job.id, signal),
    countQuarantined(store, job.id, signal),
    store.controls(job.id, signal),
  ]);
  return {
    jobId: job.id,
    kind: job.kind,
    state: job.state,
    createdAt: job.createdAt,
    origin: job.origin,
    tables: progress.map((table) => statusTable(job, table)),
    // One that has gone quiet is shown: it may be what holds a chunk.
    workers: workers.filter((worker) => worker.waiting !== ENDED),
    quarantined,
    outages: missedWrites(progress).map(outageText),
    controls,
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
