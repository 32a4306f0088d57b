import type { StatusTable } from "@cassandra-rekey/engine";
import { formatCount } from "../format/count.ts";
import { formatPercent } from "../format/fraction.ts";
import { oneLine } from "../terminal/plain-text.ts";
import type { Style } from "../terminal/style.ts";
import { type TextColumn, textTable } from "../terminal/text-table.ts";
import { tableName } from "./table-name.ts";

const COLUMNS: readonly TextColumn[] = [
  { head: "TABLE" },
  ...["PENDING", "RUNNING", "DONE", "FAILED", "%", "ROWS", "REKEYED", "SKIPPED", "RACED", "QUARANTINED"].map(
    (head) => ({ head, align: "right" }) as const,
  ),
];

/** Chunks by state and rows by outcome of each table, then the last error of each that has one. */
export function progressTable(tables: readonly StatusTable[], style: Style): readonly string[] {
  const rows = tables.map((table) => [
    tableName(table),
    ...[table.chunks.pending, table.chunks.running, table.chunks.done].map(formatCount),
    table.chunks.failed > 0 ? style("red", formatCount(table.chunks.failed)) : "0",
    formatPercent(table.fraction).replace(" %", ""),
    ...[table.rows.scanned, table.rows.rekeyed, table.rows.skipped].map(formatCount),
    table.rows.raced === null ? "-" : formatCount(table.rows.raced),
    formatCount(table.rows.quarantined),
  ]);
  const errors = tables.flatMap((table) =>
    table.lastError === undefined
      ? []
      : [`${style("red", "last error")} of ${tableName(table)}: ${oneLine(table.lastError)}`],
  );
  return [...textTable(COLUMNS, rows, style), ...errors];
}
