import { MemoryTable, VirtualTime } from "@cassandra-rekey/testkit";
import { describe, expect, it } from "vitest";
import { columnTexts, passShape, tablePasses, touchedColumns } from "../../src/tables/table-passes.ts";
import { load, SMALLEST } from "../config/load.ts";
import { column, schemaWith, settingsWith } from "../doctor/table-settings.ts";

const time = new VirtualTime();
const { schema } = new MemoryTable({ columns: ["email"], statics: ["tenant"], label: "v" }, () => time.utcMs);
const passes = (encryptedColumns: readonly string[], keyVersionColumn = "v") =>
  tablePasses(settingsWith({ encryptedColumns, keyVersionColumn }).tables[0]!, schema);

describe("the passes over a table", () => {
  it("are one over rows for regular columns, one over partitions for static ones, both where it has both", () => {
    expect(passes(["email"]).map(({ scan }) => scan)).toEqual(["rows"]);
    expect(passes(["tenant"]).map(({ scan }) => scan)).toEqual(["partitions"]);
    expect(passes(["tenant", "email"])).toEqual([
      { scan: "rows", columns: ["email"], label: "v" },
      { scan: "partitions", columns: ["tenant"] },
    ]);
  });

  it("take a column for itself whatever its name means to JavaScript", () => {
    const columns = "[constructor, toString, { name: profile, path: phone }, { name: __proto__, path: x }]";
    const { settings } = load(SMALLEST.replace("[ssn]", columns));
    const [table] = settings.tables;
    expect(columnTexts(table!, table!.encryptedColumns)).toEqual([
      "constructor",
      "toString",
      "profile phone",
      "__proto__ x",
    ]);
    const own = ["constructor", "toString"].map((name) => column(name, { type: "text" }));
    const id = column("id", { kind: "partition_key", position: 0 });
    const found = schemaWith({ columns: [id, ...own] });
    const [pass] = tablePasses({ ...table!, encryptedColumns: ["constructor", "toString"] }, found);
    expect(passShape(pass!, found).columns).toEqual([
      { name: "constructor", type: "text", form: "text" },
      { name: "toString", type: "text", form: "text" },
    ]);
  });

  it("have the label of what they go over, and no other", () => {
    const columns = [
      column("id", { kind: "partition_key", position: 0 }),
      column("ssn", { kind: "static" }),
      column("v", { kind: "static" }),
    ];
    const settings = settingsWith({ encryptedColumns: ["ssn"], keyVersionColumn: "v" }).tables[0]!;
    const [pass] = tablePasses(settings, schemaWith({ columns }));
    expect(touchedColumns(pass!)).toEqual(["ssn", "v"]);
    expect(passes(["tenant"]).map(touchedColumns)).toEqual([["tenant"]]);
  });

  it("go by the partition key alone where they go over partitions", () => {
    const [rows, partitions] = passes(["email", "tenant"]).map((pass) => passShape(pass, schema));
    expect(rows).toMatchObject({ clusteringKey: [{ name: "ck" }], columns: [{ name: "email" }] });
    expect(rows).not.toHaveProperty("scan");
    expect(partitions).toMatchObject({
      scan: "partitions",
      clusteringKey: [],
      columns: [{ name: "tenant" }],
    });
  });
});
