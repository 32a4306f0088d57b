import {
  addTotals,
  type CellSink,
  type CellSource,
  type Clock,
  type Job,
  type Logger,
  type Random,
  RekeyError,
  type StateStore,
  type Throttle,
  ZERO_TOTALS,
} from "@cassandra-rekey/core";
import type { Settings } from "./config/settings.ts";
import type { RunRequest } from "./engine.ts";
import { ChunkRunner } from "./executor/chunk-runner.ts";
import { Crew } from "./executor/crew.ts";
import { Executor } from "./executor/executor.ts";
import { JobWatch } from "./executor/job-watch.ts";
import { KeyGuard } from "./executor/key-guard.ts";
import { KeyOutage } from "./executor/key-outage.ts";
import { PageReader } from "./executor/page-reader.ts";
import { ProgressTicker } from "./executor/progress-ticker.ts";
import { checkGcGrace, createTableRun, type TableRun } from "./executor/table-run.ts";
import { Governor } from "./governor/governor.ts";
import { HookDispatcher, type NamedHook } from "./hooks/hook-dispatcher.ts";
import type { Keyring } from "./keyring/keyring.ts";
import { Rekeyer } from "./page/rekeyer.ts";
import type { RunReport } from "./reports.ts";
import { PATIENT, withRetry } from "./retry.ts";
import { runReport } from "./run-report.ts";
import { countQuarantined } from "./status.ts";
import { type ReadSchema, resolveTables } from "./tables/resolve-tables.ts";
import type { WriterParts } from "./writer/fenced-writer.ts";
import { SettleTime } from "./writer/settle-time.ts";

/** What a run is made of, ready and open. */
export interface RunParts {
  readonly settings: Settings;
  readonly store: StateStore;
  readonly keyring: Keyring;
  readonly source: CellSource;
  readonly sink: CellSink;
  readonly readSchema: ReadSchema;
  readonly throttles: readonly Throttle[];
  readonly hooks: readonly NamedHook[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly identity: { readonly host: string; readonly pid: number };
  /** What the throttles know of the job's workers; a new one when left out. */
  readonly crew?: Crew;
}

/** How often a running job looks whether the schema changed under it, milliseconds. */
const DRIFT_CHECK_MS = 10_000;

/** Carries out a job of any kind in this process, alone or beside others. */
export async function runJob(parts: RunParts, job: Job, request: RunRequest): Promise<RunReport> {
  const { settings, store, clock, random, logger } = parts;
  const startedAtMs = clock.monotonicMs();
  const abort = request.abort ?? new AbortController().signal;
  const stop = request.stop ?? new AbortController().signal;
  await using hooks = new HookDispatcher(parts.hooks, logger, clock, request.onEvent);
  if (job.state === "done")
    return runReport(parts, job, { outcome: "done", scanned: 0, elapsedMs: 0, abort });

  await hooks.askGates({ jobId: job.id, kind: job.kind }, abort);
  const resolved = await resolveTables(job, settings, parts.readSchema, abort);
  await begin(parts, job, abort);
  hooks.emit({
    type: "job.started",
    jobId: job.id,
    kind: job.kind,
    tables: job.tables.map((table) => table.id),
  });

  const watch = new JobWatch(store, job.id, job.state, clock, abort);
  const longestMs = settings.execution.maxKeyOutageSeconds * 1000;
  const outage = new KeyOutage({ clock, random, logger, longestMs });
  const governor = new Governor([...parts.throttles, outage], settings.execution.maxInFlight, clock);
  const onRetry = (what: string) => (code: string, attempt: number) => {
    logger.warn({ what, code, attempt }, "trying again");
    hooks.emit({ type: "retry", jobId: job.id, what, code, attempt });
  };
  const rekeyer = new Rekeyer(parts.keyring);
  const writing: WriterParts = { sink: parts.sink, governor, clock, random, onRetry: onRetry("write") };
  const reader = new PageReader({ source: parts.source, governor, clock, random, onRetry: onRetry("read") });
  const worker = `${parts.identity.host}:${parts.identity.pid}:${random.uuid().slice(0, 8)}`;
  const checkpointIntervalMs =
    settings.execution.checkpointIntervalMs ?? store.capabilities.checkpointIntervalMs;
  const workers = request.workers ?? settings.execution.workers;
  const ticker = new ProgressTicker({
    job,
    store,
    clock,
    governor,
    watch,
    hooks,
    crew: parts.crew ?? new Crew(workers),
    identity: { worker, ...parts.identity },
    refreshMs: Math.min(checkpointIntervalMs, 5_000),
    onProgress: request.onProgress,
    logger,
  });
  const settle = new SettleTime(settings.execution.settleSeconds * 1000);
  const tables = new Map(
    resolved.map((table) => [
      table.table.id,
      createTableRun(job, table, settings, writing, parts.source, rekeyer),
    ]),
  );
  const runner = new ChunkRunner({
    kind: job.kind,
    store,
    reader,
    rekeyer,
    hooks,
    clock,
    random,
    settle,
    maxAttempts: settings.execution.maxAttempts,
    guard: await keyGuard(parts, job, abort),
    outage,
    shouldYield: () => executor.shouldYield(stop, abort),
    onPage: (rows) => ticker.addRows(rows),
  });
  const executor: Executor = new Executor({
    job,
    store,
    runner,
    watch,
    hooks,
    clock,
    random,
    checkpointIntervalMs,
    settle,
    tables,
    workers: Array.from({ length: workers }, (_, index) => `${worker}:${index}`),
    leaseMs: settings.execution.leaseSeconds * 1000,
    maxAttempts: settings.execution.maxAttempts,
    checkDrift: driftCheck(parts, job, tables, abort),
    onPhase: (phase) => ticker.enter(phase),
  });
  const ended = new AbortController();
  const ticking = ticker.tick(ended.signal, abort).catch((error: unknown) => {
    logger.warn({ reason: error instanceof Error ? error.name : "unknown" }, "the progress display failed");
  });
  const listening = governor.listen(ended.signal);
  try {
    const how = await executor.run(stop, abort);
    const outcome = how === "complete" ? await finish(parts, job, hooks, abort) : "interrupted";
    const elapsedMs = clock.monotonicMs() - startedAtMs;
    return await runReport(parts, job, { outcome, scanned: ticker.scanned, elapsedMs, abort });
  } catch (error) {
    if (abort.aborted) throw new RekeyError("INTERRUPTED", `job ${job.id} was stopped at once`);
    throw error;
  } finally {
    ended.abort();
    await Promise.all([ticking, listening]);
  }
}

async function begin(parts: RunParts, job: Job, signal: AbortSignal): Promise<void> {
  if (job.state === "failed") await parts.store.reopenFailed(job.id, signal);
  await parts.store.transition(job.id, ["planned", "failed"], "running", signal);
}

/** Closes the job when nothing is left, or tells that some chunks failed for good. */
async function finish(
  parts: RunParts,
  job: Job,
  hooks: HookDispatcher,
  signal: AbortSignal,
): Promise<"done"> {
  const { store } = parts;
  const progress = await withRetry(parts, PATIENT, signal, () => store.progress(job.id, signal));
  const failed = progress.filter((table) => table.chunks.failed > 0);
  const state = failed.length > 0 ? "failed" : "done";
  await withRetry(parts, PATIENT, signal, () =>
    store.transition(job.id, ["running", "paused", "planned"], state, signal),
  );
  const totals = progress.reduce((sum, table) => addTotals(sum, table.totals), ZERO_TOTALS);
  hooks.emit({ type: "job.finished", jobId: job.id, state, totals });
  if (failed.length === 0) return "done";
  const problems = failed.map(
    (table) =>
      `${table.table}: ${table.chunks.failed} chunks failed; last error: ${table.lastError ?? "unknown"}`,
  );
  throw new RekeyError("JOB.CHUNKS_FAILED", `job ${job.id} could not finish every chunk`, { problems });
}

async function keyGuard(parts: RunParts, job: Job, signal: AbortSignal): Promise<KeyGuard> {
  const progress = await parts.store.progress(job.id, signal);
  const { scanned, quarantined } = progress.reduce((sum, table) => addTotals(sum, table.totals), ZERO_TOTALS);
  return new KeyGuard(
    parts.settings.execution.maxQuarantined,
    // A later visit does not count its rows again, so what was quarantined may exceed what was scanned.
    Math.max(0, scanned - quarantined),
    await countQuarantined(parts.store, job.id, signal),
  );
}

function driftCheck(
  parts: RunParts,
  job: Job,
  tables: ReadonlyMap<string, TableRun>,
  signal: AbortSignal,
): () => Promise<void> {
  let checkedAtMs = parts.clock.monotonicMs();
  return async () => {
    const nowMs = parts.clock.monotonicMs();
    if (nowMs - checkedAtMs < DRIFT_CHECK_MS) return;
    checkedAtMs = nowMs;
    for (const resolved of await resolveTables(job, parts.settings, parts.readSchema, signal)) {
      checkGcGrace(tables.get(resolved.table.id)!, resolved, parts.settings);
    }
  };
}
