import { createHash } from "node:crypto";
import type { Job, NewJob, StateStore } from "@cassandra-rekey/core";
import { isRekeyError, RekeyError } from "@cassandra-rekey/core";
import { passOnKeyChecks } from "../keyring/key-checks.ts";
import { splitRing } from "../planner/split-ring.ts";

/** The id of the sweep that follows a job: every process comes to the same one without asking the others. */
export function sweepAfter(jobId: string): string {
  const hex = createHash("sha256").update(`sweep after ${jobId}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** How many sweeps a job's chain has up to it, itself included. */
export async function sweepNumber(store: StateStore, job: Job, signal: AbortSignal): Promise<number> {
  const before = new Map((await store.jobs(signal)).map(({ id }) => [sweepAfter(id), id]));
  let number = 1;
  for (let id = before.get(job.id); id !== undefined; id = before.get(id)) number += 1;
  return number;
}

/** The sweep that follows a job, stored now unless another process was faster: the same tables, all of the ring. */
export async function nextSweep(store: StateStore, job: Job, signal: AbortSignal): Promise<Job> {
  const id = sweepAfter(job.id);
  const known = await store.job(id, signal);
  if (known) return known;
  try {
    await store.createJob(sweepOf(job, id), signal);
    await passOnKeyChecks(store, job.id, id, signal);
  } catch (error) {
    if (!isRekeyError(error) || error.code !== "JOB.STATE") throw error;
  }
  const stored = await store.job(id, signal);
  if (stored) return stored;
  throw new RekeyError("STATE.UNAVAILABLE", `the sweep after job ${job.id} is not there yet`);
}

function sweepOf(job: Job, id: string): NewJob {
  const tables = job.tables.map(({ chunks, ...table }) => {
    // The ranges of the job before are nobody's business any more; as many of them are.
    return { ...table, ranges: splitRing(Math.max(1, chunks)) };
  });
  return { id, kind: job.kind, tables };
}
