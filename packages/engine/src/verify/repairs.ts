import type { Job, StateStore } from "@cassandra-rekey/core";
import type { IsTarget } from "../keyring/column-keyring.ts";
import { censusLines } from "../run-report.ts";
import { missedWrites, outageText } from "./missed-writes.ts";

/**
 * What has to be repaired before a key is retired, one line for each node: it was down, while some job wrote these
 * tables, for longer than hints are kept. A later verification per replica that found nothing proves that it was.
 */
export async function neededRepairs(
  store: StateStore,
  { tables: verified }: Pick<Job, "tables">,
  isTarget: IsTarget,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const tables = verified.map(({ name }) => name);
  const jobs = await store.jobs(signal);
  const wrote = jobs.filter(
    (job) => job.kind === "rekey" && job.tables.some(({ name }) => tables.includes(name)),
  );
  const lines: string[] = [];
  let provenMs: number | undefined;
  for (const job of wrote) {
    for (const outage of missedWrites(await store.progress(job.id, signal))) {
      provenMs ??= await lastProof(store, jobs, tables, isTarget, signal);
      if (provenMs > outage.untilMs) continue;
      lines.push(
        `${outageText(outage)}, while job ${job.id} wrote: \`nodetool repair -full\` of the tables there`,
      );
    }
  }
  return lines;
}

/** When the last verification per replica began that found every cell under the target key; 0 without one. */
async function lastProof(
  store: StateStore,
  jobs: readonly Job[],
  tables: readonly string[],
  isTarget: IsTarget,
  signal: AbortSignal,
): Promise<number> {
  for (const job of jobs) {
    if (job.kind !== "verify" || job.state !== "done") continue;
    const asked = job.tables.filter(({ replica }) => replica !== undefined).map(({ name }) => name);
    if (!tables.every((name) => asked.includes(name))) continue;
    if (censusLines(job, await store.progress(job.id, signal)).every(isTarget)) return job.createdAt;
  }
  return 0;
}
