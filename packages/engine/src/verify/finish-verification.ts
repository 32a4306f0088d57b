import type { ClusterSession } from "@cassandra-rekey/cassandra";
import type { Job, StateStore, TableSchema } from "@cassandra-rekey/core";
import type { Settings } from "../config/settings.ts";
import { jobTables, tablesOf } from "../job-scope.ts";
import { targetTest, targetText } from "../keyring/column-keyring.ts";
import type { RunReport, VerifyReport } from "../reports.ts";
import type { ReadSchema } from "../tables/resolve-tables.ts";
import { verifyReport } from "../verify-report.ts";
import { readRemnants } from "./read-remnants.ts";
import { neededRepairs } from "./repairs.ts";
import { grownReplicas, holdersOf, unasked } from "./verify-job.ts";

/** What {@link finishVerification} looks at besides the job's own counts. */
export interface VerificationSources {
  readonly settings: Settings;
  readonly session: ClusterSession;
  readonly store: StateStore;
  readonly readSchema: ReadSchema;
  readonly wallMs: number;
}

/** The verdict of a verification, with what it could not see and what else still holds old ciphertext. */
export async function finishVerification(
  { settings, session, store, readSchema, wallMs }: VerificationSources,
  job: Job,
  run: RunReport,
  signal: AbortSignal,
): Promise<VerifyReport> {
  const isTarget = targetTest(settings);
  const text = targetText(settings, jobTables(job, settings));
  const report = verifyReport(job, run, { text, isTarget }, wallMs);
  if (run.outcome !== "done") return { ...report, repairs: [], remnants: [] };
  const schemas: TableSchema[] = [];
  for (const { keyspace, name } of tablesOf(job, settings.cluster.keyspace)) {
    const schema = await readSchema(keyspace, name, signal);
    if (schema) schemas.push(schema);
  }
  const progress = job.tables.some(({ replica }) => replica) ? await store.progress(job.id, signal) : [];
  const missed = [...unasked(job, session, settings), ...grownReplicas(job, progress, session, settings)];
  const scene = { isTarget, keyspace: settings.cluster.keyspace, holders: holdersOf(job, session, settings) };
  return {
    ...report,
    repairs: await neededRepairs(store, job, scene, signal),
    clean: report.clean && missed.length === 0,
    findings: [...report.findings, ...missed],
    remnants: await readRemnants(session, schemas, signal),
  };
}
