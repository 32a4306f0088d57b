import type { CensusLine } from "@cassandra-rekey/engine";
import { formatCount } from "../format/count.ts";
import { formatWritetime } from "../format/instant.ts";
import { plainText } from "../terminal/plain-text.ts";
import type { Style } from "../terminal/style.ts";
import { textTable } from "../terminal/text-table.ts";
import { tableName } from "./table-name.ts";

/** How many cells each key version protects, by table and column. */
export function censusTable(census: readonly CensusLine[], style: Style): readonly string[] {
  return textTable(
    [
      { head: "TABLE" },
      { head: "COLUMN" },
      { head: "KEY VERSION" },
      { head: "CELLS", align: "right" },
      { head: "NEWEST WRITE" },
    ],
    census.map((line) => [
      tableName({
        keyspace: line.keyspace,
        name: line.table,
        ...(line.replica !== undefined && { replica: line.replica }),
      }),
      plainText(line.column),
      plainText(line.keyVersion),
      formatCount(line.cells),
      formatWritetime(line.newestWritetime),
    ]),
    style,
  );
}
