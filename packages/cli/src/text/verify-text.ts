import type { VerifyReport } from "@cassandra-rekey/engine";
import { formatAmount } from "../format/count.ts";
import { oneLine } from "../terminal/plain-text.ts";
import type { Style } from "../terminal/style.ts";
import { censusTable } from "./census-table.ts";

/** The census, what it means, and the verdict. */
export function verifyText(report: VerifyReport, style: Style): readonly string[] {
  const lines = [`Job ${report.jobId} (verify): ${report.outcome}`, "", ...censusTable(report.census, style)];
  if (report.quarantined > 0) {
    lines.push(style("yellow", `${formatAmount(report.quarantined, "cell")} that no key opens`));
  }
  lines.push(...report.findings.map((finding) => style("yellow", oneLine(finding))), "");
  if (report.outcome === "interrupted") {
    lines.push(style("yellow", "Interrupted: this is not the whole of it."));
  } else if (report.clean) {
    lines.push(style("green", `Clean: every cell is under ${oneLine(report.targetVersion)}.`));
  } else {
    lines.push(style("red", `Not clean: not every cell is under ${oneLine(report.targetVersion)}.`));
  }
  return lines;
}
