import type { DoctorCheck, DoctorReport } from "@cassandra-rekey/engine";
import { formatAmount } from "../format/count.ts";
import { oneLine } from "../terminal/plain-text.ts";
import type { Emphasis, Style } from "../terminal/style.ts";

const EMPHASIS: Readonly<Record<DoctorCheck["level"], Emphasis>> = {
  OK: "green",
  WARN: "yellow",
  FAIL: "red",
};

/** Each check with its outcome and next step, then how many there were of each outcome. */
export function doctorText(report: DoctorReport, style: Style): readonly string[] {
  const count = (level: DoctorCheck["level"]): number =>
    report.checks.filter((check) => check.level === level).length;
  const verdict = report.ok
    ? style("green", "Nothing stands in the way.")
    : style("red", "Not ready to run.");
  return [
    ...report.checks.flatMap((check) => checkLines(check, style)),
    "",
    `${formatAmount(report.checks.length, "check")}: ${count("OK")} OK, ${count("WARN")} WARN, ${count("FAIL")} FAIL. ${verdict}`,
  ];
}

function checkLines(check: DoctorCheck, style: Style): readonly string[] {
  const level = style(EMPHASIS[check.level], check.level.padEnd(4));
  const place = check.table === undefined ? "" : `${oneLine(check.table)}: `;
  const line = `${level}  ${check.check}  ${place}${oneLine(check.message)}`;
  return check.next === undefined ? [line] : [line, `      ${style("bold", "Next")}: ${oneLine(check.next)}`];
}
