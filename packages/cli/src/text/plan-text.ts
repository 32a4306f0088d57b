import type { PlanReport } from "@cassandra-rekey/engine";
import { formatCount } from "../format/count.ts";
import type { Style } from "../terminal/style.ts";
import { textTable } from "../terminal/text-table.ts";
import { tableName } from "./table-name.ts";

/** The job that was made, and its tables. */
export function planText(report: PlanReport, style: Style): readonly string[] {
  return [
    `Job ${report.jobId} is planned.`,
    "",
    ...textTable(
      [{ head: "TABLE" }, { head: "CHUNKS", align: "right" }, { head: "WRITE MODE" }],
      report.tables.map((table) => [tableName(table), formatCount(table.chunks), table.writeMode]),
      style,
    ),
    "",
  ];
}
