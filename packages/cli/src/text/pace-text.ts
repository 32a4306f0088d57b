import type { StatusTable } from "@cassandra-rekey/engine";
import { formatRate } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import type { JobPace } from "../watch/job-pace.ts";
import type { Estimate } from "../watch/pace.ts";
import { tableName } from "./table-name.ts";

/** A spread below this part of the estimate is not worth a word. */
const SMALL_SPREAD = 0.05;

/** `about 12 min (10 min to 15 min)` */
export function estimateText({ ms, earliestMs, latestMs }: Estimate): string {
  const [about, earliest] = [toTheSecond(ms), toTheSecond(earliestMs)];
  if (latestMs === undefined) return `about ${about} (${earliest} or more)`;
  if (latestMs - earliestMs <= ms * SMALL_SPREAD) return `about ${about}`;
  return `about ${about} (${earliest} to ${toTheSecond(latestMs)})`;
}

function toTheSecond(ms: number): string {
  return formatDuration(Math.round(ms / 1000) * 1000);
}

/** For each table that is not done: how fast it advances, and when it will be done. */
export function paceLines(tables: readonly StatusTable[], pace: JobPace): readonly string[] {
  return tables.flatMap((table, index) => {
    const own = pace.table(index);
    if (table.chunks.pending + table.chunks.running === 0 || own?.rowsPerSecond === undefined) return [];
    const { rowsPerSecond, estimate } = own;
    const left = estimate ? `, done in ${estimateText(estimate)}` : "";
    return [`${tableName(table)}: ${formatRate(rowsPerSecond)}${left}`];
  });
}
