import type { AuditReport } from "@cassandra-rekey/hook-audit-log";
import { formatAmount } from "../format/count.ts";
import { oneLine } from "../terminal/plain-text.ts";
import type { Style } from "../terminal/style.ts";

/** What a verification of an audit log found. */
export function auditText(file: string, report: AuditReport, style: Style): readonly string[] {
  const { whole, entries, head, problems, notes } = report;
  const verdict = whole ? style("green", "whole") : style("red", formatAmount(problems.length, "problem"));
  return [
    `${oneLine(file)}: ${formatAmount(entries, "entry", "entries")}, ${verdict}`,
    ...problems.map((problem) => `  ${style("red", "problem")}: ${oneLine(problem)}`),
    ...notes.map((note) => `  note: ${oneLine(note)}`),
    ...(entries === 0 ? [] : [`anchor: ${head.seq}:${head.hash}`]),
  ];
}
