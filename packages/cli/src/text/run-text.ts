import type { RunReport, SweepReport } from "@cassandra-rekey/engine";
import { formatAmount, formatCount, formatRate } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import { formatInstant } from "../format/instant.ts";
import { oneLine } from "../terminal/plain-text.ts";
import type { Style } from "../terminal/style.ts";
import { censusTable } from "./census-table.ts";
import { progressTable } from "./progress-table.ts";

const STORED =
  "It was finished before: nothing was read again. To look at the cells of now, make a new job with `plan`.";

/** How a run ended: rows by table, what the cells were under, and what needs attention. */
export function runText(report: RunReport, style: Style, columns?: number): readonly string[] {
  const rate = report.elapsedMs > 0 ? report.scanned / (report.elapsedMs / 1000) : 0;
  const outcome =
    report.outcome === "done" ? style("green", "done") : style("yellow", "interrupted, and can go on");
  const finished = report.finishedAt === undefined ? "" : ` ${formatInstant(report.finishedAt)}`;
  return [
    `Job ${report.jobId} (${report.kind}): ${outcome}${finished}, ${formatDuration(report.elapsedMs)}, ${formatAmount(report.scanned, "row")} scanned here at ${formatRate(rate)}`,
    ...(report.stored ? [style("yellow", STORED)] : []),
    "",
    ...progressTable(report.tables, style, columns),
    ...(report.census.length === 0
      ? []
      : ["", "What the cells were under when they were read:", ...censusTable(report.census, style)]),
    "",
    `${formatCount(report.totals.cellsRekeyed)} ${report.kind === "dry-run" ? "cells would have been rekeyed" : "cells rekeyed"}`,
    ...findings(report).map((line) => style("yellow", line)),
    ...report.notes.map(oneLine),
    ...(report.sweeps ? sweepLines(report.sweeps, report.outcome, style) : []),
    ...(report.estimateMs === undefined
      ? []
      : [
          `The real run would take about ${formatDuration(report.estimateMs)} in one process at these settings. Nothing was written.`,
        ]),
  ];
}

function sweepLines(
  { count, clean, findings }: SweepReport,
  outcome: RunReport["outcome"],
  style: Style,
): readonly string[] {
  if (clean) return [style("green", `Clean: sweep ${formatCount(count)} found nothing to rewrite.`)];
  const verdict =
    outcome === "done"
      ? style("red", `Not clean after ${formatAmount(count, "sweep")}.`)
      : style("yellow", `Sweep ${formatCount(count)} is not over: whether all is clean is not known yet.`);
  return [...findings.map((line) => style("yellow", oneLine(line))), verdict];
}

function findings(report: RunReport): readonly string[] {
  const lines: string[] = [];
  if (report.quarantined > 0) {
    const [them, left] = report.quarantined === 1 ? ["it", "it is"] : ["them", "they are"];
    lines.push(
      `${formatAmount(report.quarantined, "cell")} in quarantine: no key opens ${them}; left as ${left}`,
    );
  }
  if (report.young > 0 && report.kind === "rekey") {
    lines.push(
      `${formatAmount(report.young, "cell")} under a previous key, too young to rewrite: some application still writes with the old key`,
    );
  }
  return lines;
}
