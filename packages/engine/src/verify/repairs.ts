import type { Job, JobTable, StateStore } from "@cassandra-rekey/core";
import type { IsTarget } from "../keyring/column-keyring.ts";
import { censusLines } from "../run-report.ts";
import { missedWrites, outageText } from "./missed-writes.ts";

/** What tells which cells are where they should be. */
export interface RepairScene {
  readonly isTarget: IsTarget;
  /** The keyspace of tables whose own is not recorded. */
  readonly keyspace: string;
  /** The nodes that hold any of the tables now, as `address:port`. */
  readonly holders: readonly string[];
}

/** A verification per replica that found every cell under the target key. */
interface Proof {
  readonly beganMs: number;
  readonly replicas: ReadonlySet<string>;
}

/**
 * What has to be repaired before a key is retired, one line for each node: it was down, while some job wrote these
 * tables, for longer than hints are kept. A later verification per replica that asked it and found nothing proves that
 * it was. Of a node that is not there any more, by that address at least, all that hold the tables now have to be asked.
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
  let proofs: readonly Proof[] | undefined;
  for (const { id } of wrote) {
    for (const outage of missedWrites(await store.progress(id, signal))) {
      const { node, untilMs } = outage;
      proofs ??= await findProofs(store, jobs, { ...scene, tables }, signal);
      const heirs = scene.holders.includes(node) ? [node] : scene.holders;
      const later = proofs.filter(({ beganMs }) => beganMs > untilMs);
      const isProven = heirs.every((heir) => later.some(({ replicas }) => replicas.has(heir)));
      if (isProven && heirs.length > 0) continue;
      lines.push(
        `${outageText(outage)}, while job ${id} wrote: \`nodetool repair -full\` of the tables there`,
      );
    }
  }
  return lines;
}

async function findProofs(
  store: StateStore,
  jobs: readonly Job[],
  { tables, ...scene }: RepairScene & { readonly tables: readonly string[] },
  signal: AbortSignal,
): Promise<readonly Proof[]> {
  const proofs: Proof[] = [];
  for (const job of jobs) {
    if (job.kind !== "verify" || job.state !== "done") continue;
    const pinned = job.tables.filter(({ replica }) => replica !== undefined);
    const asked = placesOf(pinned, scene);
    if (!tables.every((table) => asked.includes(table))) continue;
    if (!censusLines(job, await store.progress(job.id, signal)).every(scene.isTarget)) continue;
    proofs.push({
      beganMs: job.createdAt,
      replicas: new Set(pinned.flatMap(({ replica }) => replica ?? [])),
    });
  }
  return proofs;
}

function placesOf(
  tables: readonly Pick<JobTable, "keyspace" | "name">[],
  { keyspace: usual }: Pick<RepairScene, "keyspace">,
): readonly string[] {
  return tables.map(({ keyspace = usual, name }) => `${keyspace}.${name}`);
}
