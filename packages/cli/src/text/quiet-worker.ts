import type { WorkerReport } from "@cassandra-rekey/core";

/** Workers are heard of every five seconds; one that missed three times is probably gone. */
const QUIET_SECONDS = 15;

/** Whether a worker is probably gone: what it said last of its rate is no longer true. */
export function isQuiet(worker: WorkerReport): boolean {
  return (worker.ageSeconds ?? 0) > QUIET_SECONDS;
}
