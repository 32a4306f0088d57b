import type { CellWrite, TableShape } from "@cassandra-rekey/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cellTarget, updateCql } from "../src/cql-text.ts";
import { UpdateTexts } from "../src/update-texts.ts";

const table: TableShape = {
  keyspace: "ks",
  name: "t",
  tableId: "id",
  partitionKey: [{ name: "id", type: "int" }],
  clusteringKey: [],
  columns: [],
};

const place = fc
  .record({
    column: fc.constantFrom("a", "b", 'odd"one'),
    part: fc.constantFrom(
      undefined,
      { field: "a" },
      { field: "b" },
      { key: Buffer.of(1) },
      { key: Buffer.of(2) },
      { position: 1 },
    ),
  })
  .map(({ column, part }): Pick<CellWrite, "column" | "part"> => (part ? { column, part } : { column }));

test("whatever was asked for before, the text is the one of these cells", () => {
  const rows = fc.array(fc.array(place, { minLength: 1, maxLength: 3 }), { maxLength: 12 });
  fc.assert(
    fc.property(rows, (asked) => {
      const texts = new UpdateTexts(table);
      for (const cells of asked) expect(texts.of(cells)).toBe(updateCql(table, cells.map(cellTarget)));
    }),
  );
});
