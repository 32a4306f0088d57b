import type { Clock, Job, Random, StateStore } from "@cassandra-rekey/core";
import type { IsTarget } from "../keyring/column-keyring.ts";
import type { RunReport } from "../reports.ts";
import { PATIENT, withRetry } from "../retry.ts";
import { nextSweep, sweepNumber } from "./sweep-chain.ts";
import { foundNothing, isStuck, sweepFindings } from "./sweep-findings.ts";

/** What {@link runUntilClean} needs. */
export interface SweepParts {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly maxSweeps: number;
  readonly isTarget: IsTarget;
  /** Carries out one job. */
  readonly runJob: (job: Job) => Promise<RunReport>;
}

/**
 * Runs a job, and sweep after sweep behind it, until one found nothing to rewrite. Each sweep is a job of its own,
 * so it is shared, resumed, paused and throttled as any: processes meet at the next one by its id. What is done is
 * not done again.
 */
export async function runUntilClean(parts: SweepParts, first: Job, abort: AbortSignal): Promise<RunReport> {
  const { store, clock, maxSweeps, isTarget } = parts;
  let job = first;
  let number = await sweepNumber(store, job, abort);
  let previousMs: number | undefined;
  for (;;) {
    const startedMs = job.state === "planned" ? clock.wallMs() : job.createdAt;
    const report = await parts.runJob(job);
    const nowMs = clock.wallMs();
    const sincePreviousMs = previousMs === undefined ? undefined : nowMs - previousMs;
    // Its chunks may have been done by the Python tool, which goes by labels and keeps no census.
    const isOwn = job.origin !== "python";
    const clean = isOwn && foundNothing(report, isTarget);
    const scene = { isTarget, number, wallMs: nowMs, sincePreviousMs };
    const sweeps = { count: number, clean, findings: clean ? [] : sweepFindings(report, scene) };
    const isOver = clean || number >= maxSweeps || (isOwn && isStuck(report));
    if (report.outcome !== "done" || isOver) return { ...report, sweeps };
    previousMs = startedMs;
    number += 1;
    const done = job;
    job = await withRetry(parts, PATIENT, abort, () => nextSweep(store, done, abort));
  }
}
