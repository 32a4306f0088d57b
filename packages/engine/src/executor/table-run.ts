import {
  type CellSource,
  type Job,
  type JobTable,
  RekeyError,
  type TableShape,
  type WriteMode,
} from "@cassandra-rekey/core";
import type { Settings } from "../config/settings.ts";
import { keyringOf } from "../keyring/column-keyring.ts";
import type { Keyrings } from "../keyring/keyrings.ts";
import { type Rekeyer, tableRekeyer } from "../page/rekeyer.ts";
import { elementProblem } from "../tables/element-rules.ts";
import type { ResolvedTable } from "../tables/resolve-tables.ts";
import { FencedWriter, type WriterParts } from "../writer/fenced-writer.ts";
import { LwtWriter } from "../writer/lwt-writer.ts";
import type { PageWriter } from "../writer/page-writer.ts";
import { PageSize } from "./page-size.ts";

/** One table of a run, with everything that its chunks share. */
export interface TableRun {
  readonly table: JobTable;
  readonly shape: TableShape;
  readonly readConsistency: string;
  readonly writeConsistency: string;
  /** Past this age nothing more of a page is sent, milliseconds. */
  readonly maxAgeMs: number;
  readonly writer: PageWriter;
  readonly pageSize: PageSize;
  readonly rekeyer: Rekeyer;
  /** The name of a column's keyring. */
  readonly keyringOf: (column: string) => string;
}

/** Makes what a table's chunks share. Throws `SCHEMA.UNSUPPORTED` where no write could be early enough. */
export function createTableRun(
  job: Job,
  resolved: ResolvedTable,
  settings: Settings,
  writing: WriterParts,
  source: CellSource,
  keyrings: Keyrings,
): TableRun {
  const { table, settings: configured, schema, shape } = resolved;
  const { maxWriteAgeSeconds, pageSize, pageBytes } = settings.execution;
  if (job.kind === "rekey" && table.writeMode !== "lwt" && schema.gcGraceSeconds === 0) {
    throw new RekeyError(
      "SCHEMA.UNSUPPORTED",
      `gc_grace_seconds of ${configured.keyspace}.${configured.name} is 0: a deletion is forgotten at once, so no write is early enough not to undo one`,
      { hint: "Raise gc_grace_seconds to 3600 or more for the time of the rotation." },
    );
  }
  refuseUnsafeColumns(job, resolved);
  const rekeyer = tableRekeyer(keyrings, configured);
  return {
    table,
    shape,
    readConsistency: table.readConsistency ?? configured.consistency.read,
    writeConsistency: configured.consistency.write,
    maxAgeMs: maxAgeMs(maxWriteAgeSeconds, table.writeMode, schema.gcGraceSeconds),
    writer:
      table.writeMode === "lwt"
        ? new LwtWriter(writing, source, rekeyer, configured.consistency.serial)
        : new FencedWriter(writing),
    pageSize: new PageSize(pageSize, pageBytes, shape.columns.length),
    rekeyer,
    keyringOf: (column) => keyringOf(configured, column),
  };
}

/**
 * Throws `SCHEMA.UNSUPPORTED` for what was planned, perhaps by the Python tool, and cannot be rewritten safely: without
 * declarations that the configuration does not make any more, or since the table has a default TTL.
 */
export function refuseUnsafeColumns(
  { kind }: Pick<Job, "kind">,
  { table: { writeMode }, settings: configured, schema, shape }: ResolvedTable,
): void {
  if (kind !== "rekey") return;
  for (const column of shape.columns) {
    const found = elementProblem(column, { ...configured, writeMode }, schema);
    if (!found) continue;
    const place = `${configured.keyspace}.${configured.name}.${column.name}`;
    throw new RekeyError("SCHEMA.UNSUPPORTED", `${place} cannot be rekeyed: ${found.problem}`, {
      hint: found.next,
    });
  }
}

/** Throws `SCHEMA.DRIFT` when gc_grace_seconds was lowered so far that the run's pages may now grow too old. */
export function checkGcGrace(
  run: TableRun,
  { table, settings: configured, schema }: ResolvedTable,
  settings: Settings,
): void {
  const { maxWriteAgeSeconds } = settings.execution;
  if (maxAgeMs(maxWriteAgeSeconds, table.writeMode, schema.gcGraceSeconds) >= run.maxAgeMs) return;
  throw new RekeyError(
    "SCHEMA.DRIFT",
    `gc_grace_seconds of ${configured.keyspace}.${configured.name} was lowered to ${schema.gcGraceSeconds} during the run`,
    { hint: "`run` again: it goes on with the new value. Better raise it to 3600 or more first." },
  );
}

/** Well before a tombstone can be purged, however short gc_grace is. A late transaction finds its value gone instead. */
function maxAgeMs(maxWriteAgeSeconds: number, writeMode: WriteMode, gcGraceSeconds: number): number {
  const configuredMs = maxWriteAgeSeconds * 1000;
  return writeMode === "lwt" ? configuredMs : Math.min(configuredMs, gcGraceSeconds * 100);
}
