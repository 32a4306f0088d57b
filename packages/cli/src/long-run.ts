import type { RunProgress, RunRequest } from "@cassandra-rekey/engine";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Interruption } from "./interruption.ts";
import { createProgressView } from "./progress/create-progress-view.ts";
import type { Screen } from "./terminal/screen.ts";

/** What a run, a dry run and a verification have in common on the command line. */
export interface LongRun<Report extends { readonly outcome: "done" | "interrupted" }> {
  readonly request: Pick<RunRequest, "jobId" | "workers" | "untilClean">;
  readonly interruption: Interruption;
  readonly stderr: Screen;
  readonly json: boolean;
  readonly nowMs: () => number;
  readonly carryOut: (request: RunRequest) => Promise<Report>;
  /** Hears the job's id as soon as it is known. */
  readonly onJob: (jobId: string) => void;
}

/** Carries out a long call with its progress shown, and leaves the progress in place also after an error. */
export async function carryOut<Report extends { readonly outcome: "done" | "interrupted" }>(
  run: LongRun<Report>,
): Promise<Report> {
  const view = createProgressView(run.stderr, run.json, run.nowMs);
  try {
    return await run.carryOut({
      ...run.request,
      stop: run.interruption.stop,
      abort: run.interruption.abort,
      onProgress: (progress: RunProgress) => {
        run.onJob(progress.jobId);
        view.update(progress);
      },
    });
  } finally {
    view.close();
  }
}

/** 130 when it was interrupted, else 1 when something was found. */
export function exitOf(outcome: "done" | "interrupted", found: boolean): ExitCode {
  if (outcome === "interrupted") return EXIT.interrupted;
  return found ? EXIT.found : EXIT.done;
}
