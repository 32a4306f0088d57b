import { driftBetween, pythonFingerprint, snapshotOf } from "@cassandra-rekey/cassandra";
import {
  type Job,
  type JobTable,
  RekeyError,
  type TableSchema,
  type TableShape,
  type WriteMode,
} from "@cassandra-rekey/core";
import type { Settings, TableSettings } from "../config/settings.ts";
import { jobTableId, passId } from "./job-table-id.ts";
import {
  columnTexts,
  passShape,
  type TablePass,
  tablePass,
  tablePasses,
  touchedColumns,
} from "./table-passes.ts";

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
    const configured = settings.tables.find(
      (candidate) => jobTableId(settings, candidate, table.scan) === passId(table),
    );
    if (!configured) throw notConfigured(job, table);
    checkColumns(job, table, configured);
    const writeMode = writeModeOf(job, table, configured);
    const schema = await readSchema(configured.keyspace, configured.name, signal);
    const pass = schema && tablePass(configured, schema, table.scan ?? "rows");
    const drift =
      schema && pass ? [...driftOf(table, pass, schema), ...masksOn(pass, schema)] : ["the table is gone"];
    if (!schema || !pass || drift.length > 0) {
      throw new RekeyError(
        "SCHEMA.DRIFT",
        `${configured.keyspace}.${configured.name} changed since the job was planned: ${drift.join("; ")}`,
      );
    }
    checkPasses(job, table, configured, schema);
    const shape = passShape(pass, schema);
    resolved.push({ table: { ...table, writeMode }, settings: configured, schema, shape });
  }
  return resolved;
}

function driftOf(table: JobTable, pass: TablePass, schema: TableSchema): readonly string[] {
  if (table.schema) return driftBetween(table.schema, snapshotOf(schema, touchedColumns(pass)));
  if (table.pythonFingerprint === undefined || table.pythonFingerprint === pythonFingerprint(schema))
    return [];
  return ["its fingerprint differs from the one that the Python tool stored"];
}

/** Masks that were put on since: what is read would be encrypted in place of the value where plaintext is a previous key. */
function masksOn(pass: TablePass, schema: TableSchema): readonly string[] {
  const touched = touchedColumns(pass);
  return schema.columns
    .filter(
      ({ name, kind, masked }) =>
        masked && (touched.includes(name) || /^(partition_key|clustering)$/.test(kind)),
    )
    .map(({ name }) => `${name} is masked`);
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

/** Throws `CONFIG.TABLE_MISMATCH` where the configuration names other columns of a table than the job was planned for. */
export function checkColumns(job: Job, table: JobTable, settings: TableSettings): void {
  const passes = job.tables.filter(
    ({ keyspace, name, replica }) =>
      keyspace === table.keyspace && name === table.name && replica === table.replica,
  );
  const planned = passes
    .flatMap((pass) => pass.columns)
    .sort()
    .join(", ");
  // Jobs of the Python tool do not record their columns.
  if (planned === "") return;
  const configured = [...columnTexts(settings, settings.encryptedColumns)].sort().join(", ");
  if (planned === configured) return;
  throw new RekeyError(
    "CONFIG.TABLE_MISMATCH",
    `job ${job.id} was planned for the columns ${planned} of ${table.name}; the configuration now names ${configured}`,
    { hint: "Use the configuration that the job was planned with, or plan a new job." },
  );
}

/**
 * How cells are written back, which rests on what is declared of the application's writes: a job goes by no declaration that
 * is not made any more. Jobs of the Python tool, which knows none, go by the configuration.
 */
function writeModeOf(job: Job, table: JobTable, { name, writeMode }: TableSettings): WriteMode {
  if (job.origin === "python" || job.kind === "verify" || table.writeMode === writeMode) return writeMode;
  throw new RekeyError(
    "CONFIG.TABLE_MISMATCH",
    `job ${job.id} was planned to write ${name} in ${table.writeMode} mode; by application_writes, use_lwt_guard and application_timestamps of the configuration it is ${writeMode} mode now`,
    {
      hint: "Plan a new job, which skips what is done. If the configuration is wrong, correct it: a mode that does not fit the application's writes loses some of them.",
    },
  );
}

/** Jobs of the Python tool have no pass over static columns: carried out as they are, they would leave them out. */
function checkPasses(job: Job, table: JobTable, settings: TableSettings, schema: TableSchema): void {
  for (const { scan, columns } of tablePasses(settings, schema)) {
    const has = job.tables.some(
      (other) =>
        other.keyspace === table.keyspace && other.name === table.name && (other.scan ?? "rows") === scan,
    );
    if (has) continue;
    const kind = scan === "partitions" ? "static" : "regular";
    throw new RekeyError(
      "CONFIG.TABLE_MISMATCH",
      `job ${job.id} has no pass over the ${kind} columns ${columns.join(", ")} of ${table.name}`,
      { hint: "Plan a new job: it goes over rows and partitions apart." },
    );
  }
}
