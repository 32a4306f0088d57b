import {
  type Clock,
  type Job,
  type JobState,
  type JobTable,
  RekeyError,
  type StateStore,
} from "@cassandra-rekey/core";
import type { Settings, TableSettings } from "../config/settings.ts";
import { keyringsOf } from "../keyring/column-keyring.ts";
import { passOnKeyChecks } from "../keyring/key-checks.ts";
import type { Plan } from "../planner/planner.ts";
import { sweepAfter } from "../sweeps/sweep-chain.ts";
import { jobTableId } from "../tables/job-table-id.ts";
import { checkColumns } from "../tables/resolve-tables.ts";
import { type JobTargets, keysOf, rollbackTargets } from "./effective-keys.ts";

/** What {@link planRollback} needs. */
export interface RollbackParts {
  readonly settings: Settings;
  readonly store: StateStore;
  readonly clock: Clock;
  /** Plans and stores a rekey job over these settings' tables. */
  readonly storeJob: (settings: Settings, targets: JobTargets) => Promise<Plan>;
  /** Compares the keys here with those of a job, as far as they can be; tells what could not, one line each. */
  readonly compareKeys: (job: Job, names: readonly string[]) => Promise<readonly string[]>;
}

/** A failed one as well: `run` would open it again. */
const UNFINISHED: readonly JobState[] = ["planned", "running", "failed"];
/** For so long it is tried to let jobs go on again that stand still for nothing, also after an interruption. */
const FAREWELL_MS = 2_000;

/**
 * Plans the job that takes back what a rekey job did, on the same ledger. It sweeps everything: cells that the job had
 * not come to are found under their old key, and stay. An unfinished job is paused first, or the two would race; so is
 * an unfinished sweep behind it.
 */
export async function planRollback(
  parts: RollbackParts,
  job: Job,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<Plan> {
  const { settings, store, clock, storeJob, compareKeys } = parts;
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
  // Of other columns the job would be taken back in part, and columns that it never wrote would go back as well.
  for (const pass of job.tables) checkColumns(job, pass, tables.find(isOf(pass))!);
  const names = keyringsOf(tables);
  const targets = rollbackTargets(keysOf(job, settings), names, wanted);
  const doubts = await compareKeys(job, names);
  const paused: Job[] = [];
  const standing = new Set<string>();
  const pauseAll = async () => {
    for (const rival of await withItsSweeps(store, job, signal)) {
      const { applied, state } = await store.transition(rival.id, UNFINISHED, "paused", signal);
      if (applied) paused.push(rival);
      if (state === "paused") standing.add(rival.id);
    }
  };
  try {
    await pauseAll();
    const plan = await storeJob({ ...settings, tables }, targets);
    await passOnKeyChecks(store, job.id, plan.job.id, signal);
    // A process that had just come to the end of one may have made the next sweep since.
    await pauseAll();
    const notes = [...standing].map(
      (id) =>
        `job ${id} is paused: don't resume it. It would rekey what it had not come to, and not again what is rolled back: to go forward, plan a new job`,
    );
    return { ...plan, warnings: [...plan.warnings, ...doubts, ...notes] };
  } catch (error) {
    // Nothing is rolled back, so nothing has to stand still for it.
    const farewell = clock.timeout(FAREWELL_MS);
    for (const { id, state } of paused)
      await store.transition(id, ["paused"], state, farewell).catch(() => {});
    throw error;
  }
}

/** A job with the sweeps behind it, which rekey the same tables and end in another job's name. */
async function withItsSweeps(store: StateStore, job: Job, signal: AbortSignal): Promise<readonly Job[]> {
  const jobs = new Map((await store.jobs(signal)).map((each) => [each.id, each]));
  const chain = [job];
  for (let next = jobs.get(sweepAfter(job.id)); next; next = jobs.get(sweepAfter(next.id))) chain.push(next);
  return chain;
}
