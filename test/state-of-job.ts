import { setTimeout as sleep } from "node:timers/promises";
import { type CliOptions, runCli } from "./cli.ts";

/** What `status --json` prints, as far as tests look at it. */
export interface JobStatus {
  readonly jobId: string;
  readonly state: string;
  readonly tables: readonly {
    readonly name: string;
    readonly chunks: {
      readonly pending: number;
      readonly running: number;
      readonly done: number;
      readonly failed: number;
    };
    readonly rows: {
      readonly scanned: number;
      readonly rekeyed: number;
      readonly skipped: number;
      readonly raced: number | null;
      readonly quarantined: number;
    };
  }[];
  readonly workers: readonly { readonly scanned: number; readonly waiting?: string }[];
}

const LONGEST_WAIT_MS = 60_000;
const BETWEEN_MS = 50;

/** The job as the command line tells it. */
export async function statusOf(jobId: string, options: CliOptions): Promise<JobStatus> {
  const { status, json, stderr } = await runCli(["status", "--json", "--job-id", jobId], options);
  if (status !== 0) throw new Error(`status ended with ${status}: ${stderr}`);
  return json as JobStatus;
}

/** Looks again and again until `holds` is true of what `look` finds, and returns it; bounded in time. */
export async function eventually<Found>(
  what: string,
  look: () => Promise<Found> | Found,
  holds: (found: Found) => boolean,
): Promise<Found> {
  const deadlineMs = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const found = await look();
    if (holds(found)) return found;
    if (performance.now() > deadlineMs)
      throw new Error(`never came true: ${what}; last: ${JSON.stringify(found)}`);
    await sleep(BETWEEN_MS);
  }
}
