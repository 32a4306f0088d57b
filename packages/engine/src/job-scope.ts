import { hostname } from "node:os";
import { type Job, TOKENS } from "@cassandra-rekey/core";
import { composeRun, type Override, type SharedParts } from "./compose.ts";
import type { Settings, TableSettings } from "./config/settings.ts";
import { Crew } from "./executor/crew.ts";
import { keyringsOf } from "./keyring/column-keyring.ts";
import { agreeOnKeys } from "./keyring/key-checks.ts";
import { refuseSameKeys } from "./keyring/same-key.ts";
import { PATIENT, withRetry } from "./retry.ts";
import { keysOf } from "./rollback/effective-keys.ts";
import type { RunParts } from "./run-parts.ts";
import { anySignal } from "./signals.ts";
import { jobTableId, passId } from "./tables/job-table-id.ts";

/** What {@link inJobScope} composes from. */
export interface JobScopeParts {
  readonly shared: Omit<SharedParts, "throttled">;
  readonly readSchema: RunParts["readSchema"];
  readonly nodes: RunParts["nodes"];
  readonly override: Override | undefined;
  readonly workers: number | undefined;
}

/**
 * Opens keys, throttles and hooks for one job, and closes them when `use` has ended. Nothing is in hand before `use`: the
 * first of `signals` ends what goes before.
 */
export async function inJobScope<Result>(
  { shared, readSchema, nodes, override, workers }: JobScopeParts,
  job: Job,
  signals: readonly (AbortSignal | undefined)[],
  use: (parts: RunParts) => Promise<Result>,
): Promise<Result> {
  const early = anySignal(signals);
  const settings = { ...shared.settings, ...keysOf(job, shared.settings) };
  const { keyspace } = settings.cluster;
  const crew = new Crew(workers ?? settings.execution.workers);
  const throttled = {
    job: {
      id: job.id,
      tables: tablesOf(job, keyspace),
    },
    get workers() {
      return crew.own;
    },
    liveWorkers: () => crew.live,
  };
  await using scope = await composeRun({ ...shared, settings, throttled }, early, override);
  const names = keyringsOf(jobTables(job, settings));
  await withRetry(shared, PATIENT, early, () => refuseSameKeys(scope.keyrings, names, early));
  const store = scope.resolve(TOKENS.stateStore);
  const host = hostname();
  const notes = await withRetry(shared, PATIENT, early, () =>
    agreeOnKeys({ store, keyrings: scope.keyrings, names, host }, job.id, early),
  );
  for (const note of notes) shared.logger.info({}, note);
  return await use({
    settings,
    store,
    keyrings: scope.keyrings,
    source: scope.resolve(TOKENS.cellSource),
    sink: scope.resolve(TOKENS.cellSink),
    readSchema,
    ...(nodes && { nodes }),
    throttles: scope.resolve(TOKENS.throttles),
    hooks: scope.resolve(TOKENS.hooks),
    clock: scope.resolve(TOKENS.clock),
    random: scope.resolve(TOKENS.random),
    logger: scope.resolve(TOKENS.logger),
    identity: { host, pid: process.pid },
    crew,
    keyCalls: scope.keyCalls,
  });
}

/** The configuration of a job's tables. */
export function jobTables(job: Pick<Job, "tables">, settings: Settings): readonly TableSettings[] {
  return settings.tables.filter((table) =>
    job.tables.some((pass) => jobTableId(settings, table, pass.scan) === passId(pass)),
  );
}

/** The tables of a job, each once: a table may have two passes. */
export function tablesOf(job: Job, defaultKeyspace: string): readonly { keyspace: string; name: string }[] {
  const tables = job.tables.map(({ keyspace = defaultKeyspace, name }) => ({ keyspace, name }));
  return tables.filter(
    (table, index) =>
      tables.findIndex(({ keyspace, name }) => keyspace === table.keyspace && name === table.name) === index,
  );
}
