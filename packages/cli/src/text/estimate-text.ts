import type { TableEstimate } from "@cassandra-rekey/engine";
import { formatBytes } from "../format/bytes.ts";
import { formatAmount, formatCount } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import { oneLine } from "../terminal/plain-text.ts";
import type { Style } from "../terminal/style.ts";
import { tableName } from "./table-name.ts";

/** What a run would meet, table by table. */
export function estimateLines(estimates: readonly TableEstimate[], style: Style): readonly string[] {
  if (estimates.length === 0) return [];
  const lines = estimates.flatMap((estimate) => {
    const { keyspace, table, sampledRows, exact, rows, bytes, cells } = estimate;
    const about = exact ? "" : "about ";
    const of = exact ? "all were read" : `by a sample of ${formatCount(sampledRows)}`;
    return [
      `${tableName({ keyspace, name: table })}: ${about}${formatAmount(rows, "row")}, ${formatBytes(bytes)} (${of})`,
      ...cells.map(
        (entry) =>
          `  ${oneLine(entry.column)} under ${oneLine(entry.keyVersion)}: ${about}${formatAmount(entry.cells, "cell")}`,
      ),
      `  a run: about ${formatDuration(estimate.durationMs)} in this process, unthrottled; disk: up to ${formatBytes(estimate.diskGrowthBytes)} more on all replicas together until compaction`,
    ];
  });
  return [style("bold", "Estimate"), ...lines, ""];
}
