import type { PlanReport } from "@cassandra-rekey/engine";

/** What `plan` prints with `--json`. */
export function planToJson(report: PlanReport): object {
  return {
    jobId: report.jobId,
    tables: report.tables.map(({ keyspace, name, scan, chunks, writeMode }) => ({
      keyspace,
      name,
      ...(scan === "partitions" && { scan }),
      chunks,
      writeMode,
    })),
    warnings: report.warnings,
  };
}
