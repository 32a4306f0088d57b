import type { JobState, WorkerReport } from "@cassandra-rekey/core";
import type { StatusReport } from "@cassandra-rekey/engine";
import { formatAmount, formatCount, formatRate } from "../format/count.ts";
import { formatInstant } from "../format/instant.ts";
import { oneLine } from "../terminal/plain-text.ts";
import type { Emphasis, Style } from "../terminal/style.ts";
import { textTable } from "../terminal/text-table.ts";
import type { JobPace } from "../watch/job-pace.ts";
import { paceLines } from "./pace-text.ts";
import { progressTable } from "./progress-table.ts";
import { isQuiet } from "./quiet-worker.ts";
import { tunedLine } from "./tune-text.ts";
import { workerNotes } from "./worker-notes.ts";

const EMPHASIS: Readonly<Record<JobState, Emphasis>> = {
  planned: "dim",
  running: "cyan",
  paused: "yellow",
  done: "green",
  failed: "red",
};

/** A job's standing as lines: what it is, each table, and each worker with what it waits for. */
export function statusText(
  report: StatusReport,
  style: Style,
  columns?: number,
  pace?: JobPace,
): readonly string[] {
  const tuned = tunedLine(report.controls);
  const origin = report.origin === "python" ? ", planned by the Python tool" : "";
  const state = style(EMPHASIS[report.state], report.state);
  return [
    `Job ${report.jobId} (${report.kind}): ${state}, created ${formatInstant(report.createdAt)}${origin}`,
    ...(tuned === undefined ? [] : [tuned]),
    "",
    ...progressTable(report.tables, style, columns),
    ...(pace && report.state === "running" ? paceLines(report.tables, pace) : []),
    ...youngLines(report),
    ...quarantineLines(report, style),
    ...report.outages.map((line) =>
      style("yellow", `${oneLine(line)}: repair before the old key is retired`),
    ),
    "",
    ...workerLines(report, style),
  ];
}

function youngLines(report: StatusReport): readonly string[] {
  const young = report.tables.reduce((sum, table) => sum + table.young, 0);
  return young === 0 ? [] : [`${formatAmount(young, "cell")} left for a later visit, being too young`];
}

function quarantineLines(report: StatusReport, style: Style): readonly string[] {
  if (report.quarantined === 0) return [];
  return [style("yellow", `${formatAmount(report.quarantined, "cell")} in quarantine: no key opens them`)];
}

function workerLines(report: StatusReport, style: Style): readonly string[] {
  const { state, workers } = report;
  // What a finished job's workers said last is of no interest any more.
  if (workers.length === 0 || state === "done") return ["No process is at it now."];
  const table = textTable(
    [
      { head: "PROCESS" },
      { head: "ROWS/S", align: "right" },
      { head: "ROWS", align: "right" },
      { head: "PERMITS", align: "right" },
      { head: "HEARD OF", align: "right" },
      { head: "WAITING FOR" },
    ],
    workers.map((worker) => [
      oneLine(`${worker.host}:${worker.pid}`),
      formatRate(worker.rowsPerSecond).replace(" rows/s", ""),
      formatCount(worker.scanned),
      formatCount(worker.permits),
      heardOf(worker, style),
      worker.waiting === undefined ? "-" : style("yellow", oneLine(worker.waiting)),
    ]),
    style,
  );
  const live = workers.filter((worker) => !isQuiet(worker));
  const notes = workerNotes(report, style);
  if (workers.length === 1) return [...table, ...notes];
  const rate = live.reduce((sum, worker) => sum + worker.rowsPerSecond, 0);
  return [
    ...table,
    ...notes,
    `together: ${formatRate(rate)} in ${formatAmount(live.length, "process", "processes")}`,
  ];
}

function heardOf(worker: WorkerReport, style: Style): string {
  if (worker.ageSeconds === undefined) return "now";
  const text = `${formatCount(worker.ageSeconds)} s ago`;
  return isQuiet(worker) ? style("yellow", text) : text;
}
