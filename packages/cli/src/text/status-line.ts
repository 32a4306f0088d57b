import type { StatusReport } from "@cassandra-rekey/engine";
import { formatAmount, formatRate } from "../format/count.ts";
import { formatPercent } from "../format/fraction.ts";
import { oneLine } from "../terminal/plain-text.ts";
import type { JobPace } from "../watch/job-pace.ts";
import { overallFraction, scannedRows } from "./overall.ts";
import { estimateText } from "./pace-text.ts";
import { isQuiet } from "./quiet-worker.ts";

/** A job's standing in one line, for logs. */
export function statusLine(report: StatusReport, pace?: JobPace): string {
  const estimate = report.state === "running" ? pace?.overall.estimate : undefined;
  const workers = report.workers.filter((worker) => !isQuiet(worker));
  const rate = workers.reduce((sum, worker) => sum + worker.rowsPerSecond, 0);
  const reasons = new Set(workers.flatMap((worker) => worker.waiting ?? []));
  return [
    `${report.kind} ${report.jobId}`,
    report.state,
    formatPercent(overallFraction(report.tables)),
    formatAmount(scannedRows(report.tables), "row"),
    formatAmount(workers.length, "process", "processes"),
    formatRate(rate),
    ...(estimate ? [`done in ${estimateText(estimate)}`] : []),
    ...[...reasons].map((reason) => `waiting: ${oneLine(reason)}`),
  ].join("  ");
}
