import type { QuarantinedCell } from "@cassandra-rekey/engine";
import { formatAmount, formatCount } from "../format/count.ts";
import { formatWritetime } from "../format/instant.ts";
import type { QuarantineGroup } from "../quarantine-groups.ts";
import { oneLine } from "../terminal/plain-text.ts";
import type { Style } from "../terminal/style.ts";
import { textTable } from "../terminal/text-table.ts";
import { tableName } from "./table-name.ts";

/** What is in quarantine, by table, column and reason. */
export function quarantineText(
  jobId: string,
  groups: readonly QuarantineGroup[],
  style: Style,
): readonly string[] {
  if (groups.length === 0) return [`Job ${jobId}: the quarantine is empty.`];
  const cells = groups.reduce((sum, group) => sum + group.cells, 0);
  return [
    `Job ${jobId}: ${formatAmount(cells, "cell")} in quarantine, left as ${cells === 1 ? "it is" : "they are"}`,
    "",
    ...textTable(
      [
        { head: "TABLE" },
        { head: "COLUMN" },
        { head: "CELLS", align: "right" },
        { head: "NEWEST WRITE" },
        { head: "REASON" },
      ],
      groups.map((group) => [
        tableName({ keyspace: group.keyspace, name: group.table }),
        oneLine(group.column),
        formatCount(group.cells),
        formatWritetime(group.newestWritetime),
        oneLine(group.reason),
      ]),
      style,
    ),
  ];
}

/** The cells themselves, by primary key. */
export function quarantinedCells(cells: readonly QuarantinedCell[], style: Style): readonly string[] {
  return textTable(
    [{ head: "TABLE" }, { head: "COLUMN" }, { head: "KEY" }, { head: "REASON" }],
    cells.map((cell) => [
      tableName({ keyspace: cell.keyspace, name: cell.table }),
      oneLine(cell.column),
      cell.key.map(({ column, text }) => oneLine(`${column}=${text}`)).join(", "),
      oneLine(cell.reason),
    ]),
    style,
  );
}
