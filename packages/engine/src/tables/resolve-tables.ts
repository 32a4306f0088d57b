import { driftBetween, formOf, pythonFingerprint, shapeOf, snapshotOf } from "@cassandra-rekey/cassandra";
import {
  type Job,
  type JobTable,
  RekeyError,
  type TableSchema,
  type TableShape,
} from "@cassandra-rekey/core";
import type { Settings, TableSettings } from "../config/settings.ts";
import { jobTableId } from "./job-table-id.ts";

/** Reads the live schema of one table. */
export type ReadSchema = (
  keyspace: string,
  table: string,
  signal: AbortSignal,
) => Promise<TableSchema | undefined>;

/** A job's table with what the configuration and the live schema say of it. */
export interface ResolvedTable {
  readonly table: JobTable;
  readonly settings: TableSettings;
  readonly schema: TableSchema;
  readonly shape: TableShape;
}

/** The columns of a table that a job touches: the encrypted ones and, where there is one, the label. */
export function touchedColumns(settings: TableSettings, schema: TableSchema): readonly string[] {
  return hasLabel(settings, schema)
    ? [...settings.encryptedColumns, settings.keyVersionColumn]
    : settings.encryptedColumns;
}

function hasLabel(settings: TableSettings, schema: TableSchema): boolean {
  const label = schema.columns.find((column) => column.name === settings.keyVersionColumn);
  return label?.kind === "regular" && formOf(label.type) === "text";
}

/** The shape in which a job reads and writes a table. */
export function tableShape(settings: TableSettings, schema: TableSchema): TableShape {
  return shapeOf(schema, {
    columns: settings.encryptedColumns,
    ...(hasLabel(settings, schema) && { label: settings.keyVersionColumn }),
  });
}

/**
 * Finds the configuration and the live schema of each table of a job.
 * Throws `CONFIG.TABLE_MISMATCH` when the configuration no longer fits the job, `SCHEMA.DRIFT` when the schema does not.
 */
export async function resolveTables(
  job: Job,
  settings: Settings,
  readSchema: ReadSchema,
  signal: AbortSignal,
): Promise<readonly ResolvedTable[]> {
  const resolved: ResolvedTable[] = [];
  for (const table of job.tables) {
    const configured = settings.tables.find((candidate) => jobTableId(settings, candidate) === table.id);
    if (!configured) throw notConfigured(job, table);
    checkColumns(job, table, configured);
    const schema = await readSchema(configured.keyspace, configured.name, signal);
    const drift = schema ? driftOf(table, configured, schema) : ["the table is gone"];
    if (!schema || drift.length > 0) {
      throw new RekeyError(
        "SCHEMA.DRIFT",
        `${configured.keyspace}.${configured.name} changed since the job was planned: ${drift.join("; ")}`,
      );
    }
    resolved.push({ table, settings: configured, schema, shape: tableShape(configured, schema) });
  }
  return resolved;
}

function driftOf(table: JobTable, settings: TableSettings, schema: TableSchema): readonly string[] {
  if (table.schema) return driftBetween(table.schema, snapshotOf(schema, touchedColumns(settings, schema)));
  if (table.pythonFingerprint === undefined || table.pythonFingerprint === pythonFingerprint(schema))
    return [];
  return ["its fingerprint differs from the one that the Python tool stored"];
}

function notConfigured(job: Job, table: JobTable): RekeyError {
  return new RekeyError(
    "CONFIG.TABLE_MISMATCH",
    `job ${job.id} has table ${table.id}, which the configuration does not name`,
    {
      hint: "Use the configuration that the job was planned with.",
    },
  );
}

function checkColumns(job: Job, table: JobTable, settings: TableSettings): void {
  // Jobs of the Python tool do not record their columns.
  if (table.columns.length === 0) return;
  const planned = [...table.columns].sort().join(", ");
  const configured = [...settings.encryptedColumns].sort().join(", ");
  if (planned === configured) return;
  throw new RekeyError(
    "CONFIG.TABLE_MISMATCH",
    `job ${job.id} was planned for the columns ${planned} of ${table.id}; the configuration now names ${configured}`,
    { hint: "Use the configuration that the job was planned with, or plan a new job." },
  );
}
