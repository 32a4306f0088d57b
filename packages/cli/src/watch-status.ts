import type { StatusReport } from "@cassandra-rekey/engine";
import type { Screen } from "./terminal/screen.ts";
import { statusLine } from "./text/status-line.ts";
import { statusText } from "./text/status-text.ts";
import { JobPace } from "./watch/job-pace.ts";

const TERMINAL_INTERVAL_MS = 2000;
const LINE_INTERVAL_MS = 5000;

/** How a job is watched. */
export interface Watch {
  readonly read: (jobId: string | undefined, signal: AbortSignal) => Promise<StatusReport>;
  readonly jobId: string | undefined;
  /** Where each report is shown; nowhere when only the last one is wanted. */
  readonly screen: Screen | undefined;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

/**
 * Reads a job's status until it is done or has failed, and returns the last report; `undefined` when the reader of
 * the output has gone away. Rejects when the signal aborts.
 */
export async function watchStatus(watch: Watch): Promise<StatusReport | undefined> {
  const { screen } = watch;
  let { jobId } = watch;
  const pace = new JobPace();
  while (!screen?.closed.aborted) {
    watch.signal.throwIfAborted();
    const report = await watch.read(jobId, watch.signal);
    // A job that ends while it is watched is no longer the one unfinished job.
    jobId = report.jobId;
    pace.hear(report, watch.nowMs());
    const ended = report.state === "done" || report.state === "failed";
    if (screen?.isTerminal) screen.draw(statusText(report, screen.style, screen.columns, pace));
    else if (!ended) screen?.write(`${statusLine(report, pace)}\n`);
    if (ended) {
      screen?.release();
      return report;
    }
    await pause(watch, screen?.isTerminal ? TERMINAL_INTERVAL_MS : LINE_INTERVAL_MS);
  }
  return undefined;
}

async function pause({ screen, signal, sleep }: Watch, ms: number): Promise<void> {
  const until = screen === undefined ? signal : AbortSignal.any([signal, screen.closed]);
  try {
    await sleep(ms, until);
  } catch (error) {
    // The signal's own reason says more than an AbortError; a reader that has gone away is no error.
    signal.throwIfAborted();
    if (!screen?.closed.aborted) throw error;
  }
}
