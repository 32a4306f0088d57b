import type { PlanReport } from "../reports.ts";
import type { Plan } from "./planner.ts";

/** What was planned, for whoever asked; `keyspace` is that of tables which name none. */
export function planReport({ job, warnings }: Plan, keyspace: string): PlanReport {
  return {
    jobId: job.id,
    tables: job.tables.map((table) => ({
      keyspace: table.keyspace ?? keyspace,
      name: table.name,
      chunks: table.ranges.length,
      writeMode: table.writeMode,
      ...(table.scan && { scan: table.scan }),
    })),
    warnings,
  };
}
