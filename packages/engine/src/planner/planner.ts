import { snapshotOf } from "@cassandra-rekey/cassandra";
import { type JobKind, type NewJob, RekeyError, type TableSchema } from "@cassandra-rekey/core";
import type { Settings, TableSettings } from "../config/settings.ts";
import { tableFindings } from "../doctor/table-rules.ts";
import type { JobTargets } from "../rollback/effective-keys.ts";
import { jobTableId } from "../tables/job-table-id.ts";
import type { ReadSchema } from "../tables/resolve-tables.ts";
import { columnTexts, tablePasses, touchedColumns } from "../tables/table-passes.ts";
import { chunkCount, type SizeEstimate } from "./chunk-count.ts";
import { splitRing } from "./split-ring.ts";

/** Where a planner learns about the cluster. */
export interface PlannerSources {
  readonly readSchema: ReadSchema;
  /** `undefined` when the cluster does not tell. */
  readonly estimateSize: (
    keyspace: string,
    table: string,
    signal: AbortSignal,
  ) => Promise<SizeEstimate | undefined>;
}

/** A job ready to be stored, and what the schema warns of. */
export interface Plan {
  readonly job: NewJob;
  readonly warnings: readonly string[];
}

/**
 * Plans a job over all configured tables: checks each schema, snapshots what must not change, cuts the ring.
 * Reports the problems of all tables together.
 */
export async function planJob(
  request: {
    readonly id: string;
    /** {@link NewJob.drawn} */
    readonly drawn?: boolean;
    readonly kind: JobKind;
    readonly targets?: JobTargets | undefined;
  },
  settings: Settings,
  sources: PlannerSources,
  signal: AbortSignal,
): Promise<Plan> {
  const problems: string[] = [];
  const warnings: string[] = [];
  const planned: { settings: TableSettings; schema: TableSchema }[] = [];
  for (const table of settings.tables) {
    const schema = await sources.readSchema(table.keyspace, table.name, signal);
    for (const finding of tableFindings(table, schema, request.kind)) {
      const line = `${table.keyspace}.${table.name}: ${finding.message}${finding.next ? ` (${finding.next})` : ""}`;
      if (finding.level === "FAIL") problems.push(line);
      if (finding.level === "WARN") warnings.push(line);
    }
    if (schema) planned.push({ settings: table, schema });
  }
  if (problems.length > 0) {
    throw new RekeyError(
      "CONFIG.TABLE_MISMATCH",
      problems.length === 1
        ? `a table cannot be planned as configured: ${problems[0]}`
        : `${problems.length} things keep the job from being planned`,
      problems.length === 1 ? {} : { problems },
    );
  }
  const tables: NewJob["tables"][number][] = [];
  for (const { settings: table, schema } of planned) {
    const count =
      table.chunks === "auto"
        ? chunkCount(await sources.estimateSize(table.keyspace, table.name, signal))
        : table.chunks;
    for (const pass of tablePasses(table, schema)) {
      tables.push({
        id: jobTableId(settings, table, pass.scan),
        ...(pass.scan === "partitions" && { scan: pass.scan }),
        keyspace: table.keyspace,
        name: table.name,
        columns: columnTexts(table, pass.columns),
        writeMode: table.writeMode,
        schema: snapshotOf(schema, touchedColumns(pass)),
        ...request.targets,
        ranges: splitRing(count),
      });
    }
  }
  const { id, drawn, kind } = request;
  return { job: { id, ...(drawn && { drawn }), kind, tables }, warnings };
}
