import {
  addTotals,
  type Job,
  type JobState,
  RekeyError,
  type TableProgress,
  ZERO_TOTALS,
} from "@cassandra-rekey/core";
import type { TableNews } from "./executor/table-news.ts";
import type { HookDispatcher } from "./hooks/hook-dispatcher.ts";
import { PATIENT, withRetry } from "./retry.ts";
import type { RunParts } from "./run-parts.ts";

const OPEN: readonly JobState[] = ["running", "paused", "planned"];

/** Who hears of the end of a job. */
interface Listeners {
  readonly hooks: HookDispatcher;
  readonly news: TableNews;
}

/**
 * Closes a job of which nothing was left to claim, or tells that some chunks failed for good. `"reopened"`: another
 * process has opened chunks again since, and the job goes on. Throws `STATE.CORRUPT` where the store has lost chunks.
 */
export async function finishJob(
  parts: Pick<RunParts, "store" | "clock" | "random">,
  job: Job,
  { hooks, news }: Listeners,
  signal: AbortSignal,
): Promise<"done" | "reopened"> {
  const { store } = parts;
  const progress = await withRetry(parts, PATIENT, signal, () => store.progress(job.id, signal));
  refuseLostChunks(job, progress);
  if (progress.some(({ chunks }) => chunks.pending + chunks.running > 0)) return "reopened";
  const failed = progress.filter((table) => table.chunks.failed > 0);
  const state = failed.length > 0 ? "failed" : "done";
  // One that looked before failed chunks were opened again may have called the job failed since.
  const from: readonly JobState[] = state === "done" ? [...OPEN, "failed"] : OPEN;
  await withRetry(parts, PATIENT, signal, () => store.transition(job.id, from, state, signal));
  const totals = progress.reduce((sum, table) => addTotals(sum, table.totals), ZERO_TOTALS);
  news.tell(progress);
  hooks.emit({ type: "job.finished", jobId: job.id, state, totals });
  if (failed.length === 0) return "done";
  const problems = failed.map(
    (table) =>
      `${table.table}: ${table.chunks.failed} chunks failed; last error: ${table.lastError ?? "unknown"}`,
  );
  throw new RekeyError("JOB.CHUNKS_FAILED", `job ${job.id} could not finish every chunk`, { problems });
}

/** Chunks that a store lost, with a node or by somebody's hand, would leave parts of a table unread and the job done. */
function refuseLostChunks(job: Job, progress: readonly TableProgress[]): void {
  // The Python tool's own count is not held to what it stored.
  if (job.origin === "python") return;
  const problems = job.tables.flatMap(({ id, chunks: planned }) => {
    const {
      pending = 0,
      running = 0,
      done = 0,
      failed = 0,
    } = progress.find(({ table }) => table === id)?.chunks ?? {};
    const found = pending + running + done + failed;
    return found === planned ? [] : [`${id}: ${found} chunks where ${planned} were planned`];
  });
  if (problems.length === 0) return;
  throw new RekeyError("STATE.CORRUPT", `the state store has not kept the chunks of job ${job.id}`, {
    problems,
    hint: "Plan a new job: it reads everything again, and what is rekeyed already stays as it is. See that the state keyspace has three replicas.",
  });
}
