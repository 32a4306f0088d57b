import type { Remnant, VerifyReport } from "@cassandra-rekey/engine";
import { formatAmount } from "../format/count.ts";
import { formatInstant } from "../format/instant.ts";
import { oneLine } from "../terminal/plain-text.ts";
import type { Style } from "../terminal/style.ts";
import { textTable } from "../terminal/text-table.ts";
import { censusTable } from "./census-table.ts";
import { tableName } from "./table-name.ts";

const STORED =
  "It was finished before: nothing was read again. Without --job-id a new verification looks at the cells of now.";

/** The census, what it means, and the verdict. */
export function verifyText(report: VerifyReport, style: Style): readonly string[] {
  const { jobId, outcome, finishedAt } = report;
  const finished = finishedAt === undefined ? "" : ` ${formatInstant(finishedAt)}`;
  const lines = [`Job ${jobId} (verify): ${outcome}${finished}`];
  if (report.stored) lines.push(style("yellow", STORED));
  lines.push("", ...censusTable(report.census, style));
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
  lines.push(...emptyTables(report).map((line) => style("yellow", line)));
  if (report.repairs.length > 0) {
    lines.push(
      style(
        "red",
        "The old key must not be retired before these repairs, and verify --per-replica after them:",
      ),
      ...report.repairs.map((line) => style("yellow", oneLine(line))),
    );
  }
  return [...lines, ...remnantLines(report.remnants, style)];
}

/** Every table has remnants, its backups if nothing else. A verdict on no cell at all may be one on the wrong table. */
function emptyTables({ census, remnants }: VerifyReport): readonly string[] {
  const name = (entry: { keyspace: string; table: string }) =>
    tableName({ keyspace: entry.keyspace, name: entry.table });
  const found = new Set(census.map(name));
  return [...new Set(remnants.map(name))]
    .filter((table) => !found.has(table))
    .map(
      (table) => `No cell was found in ${table}: check that it is the right table, if it should hold data.`,
    );
}

/** What a key that is gone would leave unreadable, and one that is stolen readable. */
function remnantLines(remnants: readonly Remnant[], style: Style): readonly string[] {
  const tables = Map.groupBy(remnants, ({ keyspace, table }) => tableName({ keyspace, name: table }));
  return [...tables].flatMap(([name, own]) => [
    "",
    `What still holds old ciphertext of ${name}, on every node:`,
    ...textTable(
      [{ head: "WHAT" }, { head: "UNTIL" }],
      own.map(({ what, command }) => [oneLine(what), oneLine(command)]),
      style,
    ),
  ]);
}
