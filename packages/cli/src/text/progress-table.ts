import type { StatusTable } from "@cassandra-rekey/engine";
import { formatCount } from "../format/count.ts";
import { formatPercent } from "../format/fraction.ts";
import { inLines, oneLine, visibleWidth } from "../terminal/plain-text.ts";
import type { Style } from "../terminal/style.ts";
import { type TextColumn, textTable } from "../terminal/text-table.ts";
import { tableName } from "./table-name.ts";

const COLUMNS: readonly TextColumn[] = [
  { head: "TABLE" },
  ...["PENDING", "RUNNING", "DONE", "FAILED", "%", "ROWS", "REKEYED", "SKIPPED", "RACED", "QUARANTINED"].map(
    (head) => ({ head, align: "right" }) as const,
  ),
];

/**
 * Chunks by state and rows by outcome of each table, then the last error of each that has one. Where a table of that
 * width does not fit, each of them has a few lines of its own.
 */
export function progressTable(
  tables: readonly StatusTable[],
  style: Style,
  columns = Number.POSITIVE_INFINITY,
): readonly string[] {
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
  const wide = textTable(COLUMNS, rows, style);
  const fits = wide.every((line) => visibleWidth(line) <= columns);
  return [...(fits ? wide : tables.flatMap((table) => tableLines(table, style, columns))), ...errors];
}

function tableLines({ chunks, rows, fraction, ...table }: StatusTable, style: Style, columns: number) {
  const counts = (named: readonly (readonly [number, string])[]) =>
    named.map(([count, name]) => `${formatCount(count)} ${name}`).join(", ");
  const { pending, running, done, failed } = chunks;
  const outcomes = [
    [rows.scanned, "scanned"],
    [rows.rekeyed, "rekeyed"],
    [rows.skipped, "skipped"],
    ...(rows.raced === null ? [] : ([[rows.raced, "raced"]] as const)),
    [rows.quarantined, "quarantined"],
  ] as const;
  const failures = failed > 0 ? `, ${style("red", `${formatCount(failed)} failed`)}` : "";
  return [
    ...inLines([style("bold", tableName(table)), formatPercent(fraction)], columns),
    `  chunks: ${counts([
      [pending, "pending"],
      [running, "running"],
      [done, "done"],
    ])}${failures}`,
    `  rows: ${counts(outcomes)}`,
  ];
}
