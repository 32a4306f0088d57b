import { isRekeyError, type Job, type Logger, RekeyError, type RekeyEvent } from "@cassandra-rekey/core";
import { ControlThrottle } from "./controls/control-throttle.ts";
import { LiveControls } from "./controls/live-controls.ts";
import type { RunRequest } from "./engine.ts";
import { ChunkRunner } from "./executor/chunk-runner.ts";
import { Crew } from "./executor/crew.ts";
import { driftCheck } from "./executor/drift-check.ts";
import { Executor } from "./executor/executor.ts";
import { HeldChunks } from "./executor/held-chunks.ts";
import { JobWatch } from "./executor/job-watch.ts";
import { KeyOutage } from "./executor/key-outage.ts";
import { openKeyGuard } from "./executor/open-key-guard.ts";
import { OutageWatch } from "./executor/outage-watch.ts";
import { PageReader } from "./executor/page-reader.ts";
import { ProgressTicker } from "./executor/progress-ticker.ts";
import { TableNews } from "./executor/table-news.ts";
import { createTableRun } from "./executor/table-run.ts";
import { finishJob } from "./finish-job.ts";
import { Governor } from "./governor/governor.ts";
import { EventCounts } from "./hooks/event-counts.ts";
import { HookDispatcher } from "./hooks/hook-dispatcher.ts";
import { refuseLosers } from "./keyring/refuse-losers.ts";
import type { RunReport } from "./reports.ts";
import { PATIENT, type RetryTools, withRetry } from "./retry.ts";
import type { RunParts } from "./run-parts.ts";
import { runReport } from "./run-report.ts";
import { anySignal } from "./signals.ts";
import { resolveTables } from "./tables/resolve-tables.ts";
import type { WriterParts } from "./writer/fenced-writer.ts";
import { SettleTime } from "./writer/settle-time.ts";

/** How often a job is found open again at its end. */
const MOST_ROUNDS = 20;

/** Carries out a job of any kind in this process, alone or beside others. */
export async function runJob(parts: RunParts, job: Job, request: RunRequest): Promise<RunReport> {
  const { settings, store, clock, random, logger } = parts;
  const startedAtMs = clock.monotonicMs();
  const broken = new AbortController();
  const abort = anySignal([request.abort, broken.signal]);
  const stop = request.stop ?? new AbortController().signal;
  const counts = new EventCounts();
  await using hooks = new HookDispatcher(parts.hooks, logger, clock, (event) => {
    counts.hear(event);
    request.onEvent?.(event);
  });
  const patiently = <Result>(attempt: () => Promise<Result>) =>
    withRetry({ clock, random, onRetry: toldBy(logger) }, PATIENT, abort, attempt);
  if (job.state === "done") {
    const end = { outcome: "done", scanned: 0, elapsedMs: 0, abort } as const;
    const report = await patiently(() => runReport(parts, job, end));
    return { ...report, stored: true, ...(job.finishedAt !== undefined && { finishedAt: job.finishedAt }) };
  }

  await hooks.askGates({ jobId: job.id, kind: job.kind }, abort);
  const resolved = await patiently(() => resolveTables(job, settings, parts.readSchema, abort));
  if (job.kind !== "verify") await patiently(() => refuseLosers(parts.keyrings, resolved, abort));

  const watch = new JobWatch(store, job.id, job.state, clock, abort);
  const longestMs = settings.execution.maxKeyOutageSeconds * 1000;
  const outage = new KeyOutage({
    clock,
    random,
    logger,
    longestMs,
    onRetry: (attempt, code) => hooks.emit({ type: "retry", jobId: job.id, what: "keys", code, attempt }),
  });
  const workers = request.workers ?? settings.execution.workers;
  const crew = parts.crew ?? new Crew(workers);
  const rate = new ControlThrottle(crew);
  const governor = new Governor([...parts.throttles, outage, rate], settings.execution.maxInFlight, clock);
  const controls = new LiveControls({ ...parts, job, crew, governor, rate, hooks });
  await controls.begin(abort);
  parts.keyCalls?.listen((key, call) => hooks.emit({ type: "key.call", jobId: job.id, ...key, ...call }));
  const onRetry = (what: "read" | "write") => (code: string, attempt: number) => {
    logger.warn({ what, code, attempt }, "trying again");
    hooks.emit({ type: "retry", jobId: job.id, what, code, attempt });
  };
  const writing: WriterParts = { sink: parts.sink, governor, clock, random, onRetry: onRetry("write") };
  const reader = new PageReader({ source: parts.source, governor, clock, random, onRetry: onRetry("read") });
  const worker = `${parts.identity.host}:${parts.identity.pid}:${random.uuid().slice(0, 8)}`;
  const checkpointIntervalMs =
    settings.execution.checkpointIntervalMs ?? store.capabilities.checkpointIntervalMs;
  const leaseMs = settings.execution.leaseSeconds * 1000;
  const held = new HeldChunks(leaseMs);
  const news = new TableNews(hooks, job.id);
  const ticker = new ProgressTicker({
    job,
    store,
    clock,
    governor,
    watch,
    hooks,
    crew,
    news,
    extras: () => ({
      counts: counts.now,
      controls: controls.revision,
      ...(held.now && { leases: held.now }),
    }),
    identity: { worker, ...parts.identity },
    refreshMs: Math.min(checkpointIntervalMs, 5_000),
    onProgress: request.onProgress,
    logger,
  });
  const settle = new SettleTime(settings.execution.settleSeconds * 1000);
  const tables = new Map(
    resolved.map((table) => [
      table.table.id,
      createTableRun(job, table, settings, writing, parts.source, parts.keyrings),
    ]),
  );
  const checkDrift = driftCheck(parts, job, tables, abort);
  const runner = new ChunkRunner({
    kind: job.kind,
    store,
    reader,
    hooks,
    clock,
    random,
    settle,
    maxAttempts: settings.execution.maxAttempts,
    nodeOutages: new OutageWatch(parts.nodes, clock),
    guard: await patiently(() => openKeyGuard(parts, job, tables, abort)),
    outage,
    checkDrift,
    shouldYield: (one) => executor.shouldYield(one, stop, abort),
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
    crew,
    held,
    workerName: (index) => `${worker}:${index}`,
    leaseMs,
    maxAttempts: settings.execution.maxAttempts,
    checkDrift,
    onPhase: (phase) => ticker.enter(phase),
  });
  // Not before: what cannot be begun stays as it was planned, and nobody waits to hear of its end.
  await patiently(() => begin(parts, job, abort));
  hooks.emit({
    type: "job.started",
    jobId: job.id,
    kind: job.kind,
    tables: job.tables.map((table) => table.id),
  });
  const ended = new AbortController();
  const ticking = ticker.tick(ended.signal, abort).catch((error: unknown) => {
    logger.warn({ reason: error instanceof Error ? error.name : "unknown" }, "the progress display failed");
  });
  // Nobody waits for these before the end: what goes wrong there, such as a throttle that fails, ends the run.
  const following = Promise.all([governor.listen(ended.signal), controls.follow(ended.signal)]).catch(
    (error: unknown) => broken.abort(error),
  );
  try {
    await hooks.heard(abort);
    const outcome = await toItsEnd(executor, stop, abort, () =>
      finishJob(parts, job, { hooks, news }, abort),
    );
    if (outcome === "interrupted") hooks.emit({ type: "job.stopped", jobId: job.id, outcome });
    await hooks.heard(abort);
    const elapsedMs = clock.monotonicMs() - startedAtMs;
    const { scanned } = ticker;
    return await patiently(() => runReport(parts, job, { outcome, scanned, elapsedMs, abort }));
  } catch (error) {
    const shown = request.abort?.aborted
      ? new RekeyError("INTERRUPTED", `job ${job.id} was stopped at once`)
      : error;
    hooks.emit(stopped(job.id, shown));
    throw shown;
  } finally {
    ended.abort();
    await Promise.all([ticking, following]);
  }
}

function toldBy(logger: Logger): NonNullable<RetryTools["onRetry"]> {
  return (attempt, code) => logger.warn({ code, attempt }, "trying again");
}

/** Works until the job is closed: after another process opened failed chunks again, there is more to do. */
async function toItsEnd(
  executor: Executor,
  stop: AbortSignal,
  abort: AbortSignal,
  finish: () => Promise<"done" | "reopened">,
): Promise<"done" | "interrupted"> {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    if ((await executor.run(stop, abort)) === "stopped") return "interrupted";
    if ((await finish()) === "done") return "done";
  }
  throw new RekeyError("STATE.UNAVAILABLE", "the job's chunks are opened again and again by others");
}

function stopped(jobId: string, error: unknown): RekeyEvent {
  const code = isRekeyError(error) ? error.code : "INTERNAL.INVARIANT";
  return { type: "job.stopped", jobId, outcome: code === "INTERRUPTED" ? "interrupted" : "failed", code };
}

async function begin(parts: RunParts, job: Job, signal: AbortSignal): Promise<void> {
  if (job.state === "failed") await parts.store.reopenFailed(job.id, signal);
  await parts.store.transition(job.id, ["planned", "failed"], "running", signal);
}
