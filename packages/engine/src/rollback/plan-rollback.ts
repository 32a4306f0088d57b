import { type Job, type JobState, type JobTable, RekeyError, type StateStore } from "@cassandra-rekey/core";
import type { Settings, TableSettings } from "../config/settings.ts";
import { keyringsOf } from "../keyring/column-keyring.ts";
import type { Plan } from "../planner/planner.ts";
import { jobTableId } from "../tables/job-table-id.ts";
import { type JobTargets, keysOf, rollbackTargets } from "./effective-keys.ts";

/** What {@link planRollback} needs. */
export interface RollbackParts {
  readonly settings: Settings;
  readonly store: StateStore;
  /** Plans and stores a rekey job over these settings' tables. */
  readonly storeJob: (settings: Settings, targets: JobTargets) => Promise<Plan>;
}

const UNFINISHED: readonly JobState[] = ["planned", "running"];

/**
 * Plans the job that takes back what a rekey job did, on the same ledger. It sweeps everything: cells that the job had
 * not come to are found under their old key, and stay. An unfinished job is paused first, or the two would race.
 */
export async function planRollback(
  parts: RollbackParts,
  job: Job,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<Plan> {
  const { settings, store, storeJob } = parts;
  if (job.kind !== "rekey")
    throw new RekeyError("JOB.STATE", `job ${job.id} is a ${job.kind} job: it wrote nothing to roll back`);
  const isOf =
    ({ id, scan }: JobTable) =>
    (table: TableSettings) =>
      jobTableId(settings, table, scan) === id;
  const tables = settings.tables.filter((table) => job.tables.some((pass) => isOf(pass)(table)));
  const missing = job.tables.filter((pass) => !tables.some(isOf(pass)));
  if (missing.length > 0)
    throw new RekeyError(
      "CONFIG.TABLE_MISMATCH",
      `job ${job.id} has tables that the configuration does not name: ${missing.map(({ id }) => id).join(", ")}`,
      { hint: "Use the configuration that the job was planned with." },
    );
  const targets = rollbackTargets(keysOf(job, settings), keyringsOf(tables), wanted);
  const { applied } = await store.transition(job.id, UNFINISHED, "paused", signal);
  const plan = await storeJob({ ...settings, tables }, targets);
  const note = `job ${job.id} is paused: resuming it would rekey again what is rolled back`;
  return applied || job.state === "paused" ? { ...plan, warnings: [...plan.warnings, note] } : plan;
}
