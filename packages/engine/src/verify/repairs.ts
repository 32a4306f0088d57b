import type { Job, JobTable, StateStore } from "@cassandra-rekey/core";
import type { IsTarget } from "../keyring/column-keyring.ts";
import { censusLines } from "../run-report.ts";
import { missedWrites, outageText } from "./missed-writes.ts";

/** What tells which cells are where they should be. */
export interface RepairScene {
  readonly isTarget: IsTarget;
  /** The keyspace of tables whose own is not recorded. */
  readonly keyspace: string;
}

/**
 * What has to be repaired before a key is retired, one line for each node: it was down, while some job wrote these
 * tables, for longer than hints are kept. A later verification per replica that asked it and found nothing proves that
 * it was.
 */
export async function neededRepairs(
  store: StateStore,
  job: Pick<Job, "tables">,
  scene: RepairScene,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const tables = placesOf(job.tables, scene);
  const jobs = await store.jobs(signal);
  const wrote = jobs.filter(
    (other) =>
      other.kind === "rekey" && placesOf(other.tables, scene).some((place) => tables.includes(place)),
  );
  const lines: string[] = [];
  const provenMs = new Map<string, number>();
  for (const { id } of wrote) {
    for (const outage of missedWrites(await store.progress(id, signal))) {
      const { node, untilMs } = outage;
      const proven = provenMs.get(node) ?? (await lastProof(store, jobs, { ...scene, tables, node }, signal));
      provenMs.set(node, proven);
      if (proven > untilMs) continue;
      lines.push(
        `${outageText(outage)}, while job ${id} wrote: \`nodetool repair -full\` of the tables there`,
      );
    }
  }
  return lines;
}

/** When the last verification per replica began that asked a node and found every cell under the target key; 0 without one. */
async function lastProof(
  store: StateStore,
  jobs: readonly Job[],
  { tables, node, ...scene }: RepairScene & { readonly tables: readonly string[]; readonly node: string },
  signal: AbortSignal,
): Promise<number> {
  for (const job of jobs) {
    if (job.kind !== "verify" || job.state !== "done") continue;
    const pinned = job.tables.filter(({ replica }) => replica !== undefined);
    if (!pinned.some(({ replica }) => replica === node)) continue;
    const asked = placesOf(pinned, scene);
    if (!tables.every((table) => asked.includes(table))) continue;
    if (censusLines(job, await store.progress(job.id, signal)).every(scene.isTarget)) return job.createdAt;
  }
  return 0;
}

function placesOf(
  tables: readonly Pick<JobTable, "keyspace" | "name">[],
  { keyspace: usual }: RepairScene,
): readonly string[] {
  return tables.map(({ keyspace = usual, name }) => `${keyspace}.${name}`);
}
