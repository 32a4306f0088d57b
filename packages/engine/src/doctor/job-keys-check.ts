import type { Job, KeyCheck } from "@cassandra-rekey/core";
import { compareKeys, type OwnKeys } from "../keyring/key-checks.ts";
import type { Checks } from "./checks.ts";

/** An unfinished job, and what it knows of its keys. */
export interface KnownKeys {
  readonly job: Pick<Job, "id">;
  readonly known: readonly KeyCheck[];
}

/** Whether the keys here are those that unfinished jobs know by the same versions: on another host they may not be. */
export async function checkJobKeys(
  checks: Checks,
  own: OwnKeys,
  jobs: readonly KnownKeys[],
  signal: AbortSignal,
): Promise<void> {
  for (const { job, known } of jobs) {
    const { problems, notes, same } = await compareKeys(own, job.id, known, signal);
    for (const problem of problems)
      checks.fail(
        "keys.jobs",
        problem,
        "Give all hosts the same key. If the job began with a wrong one: a previous key may go by another version, for another target plan a new job.",
      );
    for (const note of notes)
      checks.warn("keys.jobs", `job ${job.id}: ${note}`, "Nothing, if the key was disabled on purpose.");
    if (problems.length === 0 && same > 0) checks.ok("keys.jobs", `the keys here are those of job ${job.id}`);
  }
}
