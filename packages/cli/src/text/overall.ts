import type { StatusTable } from "@cassandra-rekey/engine";

/** The part of a whole job that is done, from 0 to 1, its tables weighing by their chunks. */
export function overallFraction(tables: readonly StatusTable[]): number {
  const weighed = tables.map((table) => {
    const { pending, running, done, failed } = table.chunks;
    return { weight: pending + running + done + failed, fraction: table.fraction };
  });
  const all = weighed.reduce((sum, { weight }) => sum + weight, 0);
  return all === 0 ? 0 : weighed.reduce((sum, { weight, fraction }) => sum + weight * fraction, 0) / all;
}

/** Rows scanned in all tables of a job, by all of its workers. */
export function scannedRows(tables: readonly StatusTable[]): number {
  return tables.reduce((sum, table) => sum + table.rows.scanned, 0);
}
