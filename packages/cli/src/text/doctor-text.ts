import type { DoctorCheck, DoctorReport } from "@cassandra-rekey/engine";
import { formatAmount } from "../format/count.ts";
import { oneLine } from "../terminal/plain-text.ts";
import type { Emphasis, Style } from "../terminal/style.ts";
import { estimateLines } from "./estimate-text.ts";

const EMPHASIS: Readonly<Record<DoctorCheck["level"], Emphasis>> = {
  OK: "green",
  WARN: "yellow",
  FAIL: "red",
};

const GROUPS: Readonly<Record<string, string>> = {
  config: "Configuration",
  keys: "Keys",
  connection: "Cluster",
  cluster: "Cluster",
  state: "State store",
};

/** How many places with failures the last line names. */
const PLACES_NAMED = 8;

/** The checks by what they are about, each table by itself; then how many there were of each outcome, and where. */
export function doctorText(report: DoctorReport, style: Style): readonly string[] {
  const groups = Map.groupBy(report.checks, groupOf);
  return [
    ...[...groups].flatMap(([title, checks]) => groupLines(title, checks, style)),
    ...estimateLines(report.estimates ?? [], style),
    ...verdict(report, groups, style),
  ];
}

function groupOf({ check, table }: DoctorCheck): string {
  if (table !== undefined) return `Table ${oneLine(table)}`;
  return GROUPS[check.split(".", 1)[0]!] ?? "Other";
}

function groupLines(title: string, checks: readonly DoctorCheck[], style: Style): readonly string[] {
  const width = Math.max(...checks.map(({ check }) => check.length));
  return [
    style("bold", title),
    ...checks.flatMap(({ level, check, message, next }) => {
      const line = `${style(EMPHASIS[level], level.padEnd(4))}  ${check.padEnd(width)}  ${oneLine(message)}`;
      return next === undefined ? [line] : [line, `      ${style("bold", "Next")}: ${oneLine(next)}`];
    }),
    "",
  ];
}

function verdict(
  { checks, ok }: DoctorReport,
  groups: ReadonlyMap<string, readonly DoctorCheck[]>,
  style: Style,
): readonly string[] {
  const count = (level: DoctorCheck["level"]): number =>
    checks.filter((check) => check.level === level).length;
  const counts = `${formatAmount(checks.length, "check")}: ${count("OK")} OK, ${count("WARN")} WARN, ${count("FAIL")} FAIL.`;
  if (ok) return [`${counts} ${style("green", "Nothing stands in the way.")}`];
  const failed = [...groups].filter(([, found]) => found.some(({ level }) => level === "FAIL"));
  const named = failed.slice(0, PLACES_NAMED).map(([title]) => title);
  const more = failed.length > PLACES_NAMED ? ` and ${failed.length - PLACES_NAMED} more` : "";
  return [`${counts} ${style("red", "Not ready to run.")} See FAIL under ${named.join(", ")}${more}.`];
}
