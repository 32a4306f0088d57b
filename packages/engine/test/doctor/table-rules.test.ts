import type { ColumnSchema, TableSchema } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import type { TableSettings } from "../../src/config/settings.ts";
import { tableFindings } from "../../src/doctor/table-rules.ts";
import { column, schemaWith, settingsWith } from "./table-settings.ts";

const id = column("id", { type: "uuid", kind: "partition_key", position: 0 });

function findings(
  schema: Partial<TableSchema> | undefined,
  settings: Partial<TableSettings> = {},
  kind: "rekey" | "verify" = "rekey",
): readonly string[] {
  const [table] = settingsWith(settings).tables;
  return tableFindings(table!, schema && schemaWith(schema), kind).map(
    ({ level, check }) => `${level} ${check}`,
  );
}

const withColumns = (...columns: ColumnSchema[]) => ({ columns: [id, ...columns] });

describe("the rules for a table", () => {
  it("finds nothing in a plain table", () => expect(findings({})).toEqual([]));

  it("misses a table that is not there", () => expect(findings(undefined)).toEqual(["FAIL table.exists"]));

  it("takes a label of what has an encrypted column, be it rows or partitions", () => {
    const label = column("key_version", { kind: "static" });
    expect(findings(withColumns(column("ssn", { kind: "static" }), label))).toEqual(["WARN table.label"]);
    const messages = tableFindings(
      settingsWith({}).tables[0]!,
      schemaWith(withColumns(column("ssn"), label)),
      "rekey",
    );
    expect(messages.map(({ message }) => message)).toEqual([
      "key_version is a label of partitions, which have no encrypted column; it is left alone",
    ]);
  });

  it("refuses COMPACT STORAGE, which Cassandra 4 still knows", () => {
    expect(findings({ flags: ["compound"] })).toEqual([]);
    for (const flags of [[], ["dense"], ["compound", "dense"], ["super"], ["dense", "super"]]) {
      expect(findings({ flags })).toEqual(["FAIL table.compact-storage"]);
    }
  });

  it("refuses a key that holds a duration", () => {
    const tuple = column("at", { type: "frozen<tuple<duration>>", kind: "clustering", position: 0 });
    expect(findings(withColumns(tuple, column("ssn")))).toEqual(["FAIL table.key"]);
  });

  it("takes frozen values, and says which path does not fit which type", () => {
    const types = [{ name: "contact", fields: [{ name: "phone", type: "text" }] }];
    const columns = withColumns(column("ssn", { type: "frozen<list<frozen<contact>>>" }));
    const problems = (path: string) =>
      tableFindings(
        settingsWith({ leafPaths: { ssn: [path] } }).tables[0]!,
        schemaWith({ ...columns, types }),
        "rekey",
      );
    expect(findings({ ...columns, types })).toEqual([]);
    expect(problems("[*].phone")).toEqual([]);
    expect(problems("[*].fax")).toMatchObject([
      { check: "table.type", level: "FAIL", message: "ssn has no field fax at [*]; its fields are phone" },
    ]);
    for (const type of ["int", "frozen<map<text, int>>", "set<frozen<contact>>"])
      expect(findings({ ...withColumns(column("ssn", { type })), types })).toEqual(["FAIL table.type"]);
  });

  it("refuses parts of what is not frozen unless enough is declared, and says what it takes on trust", () => {
    const types = [{ name: "contact", fields: [{ name: "phone", type: "text" }] }];
    const found = (type: string, settings: Partial<TableSettings> = {}, kind?: "verify") =>
      findings({ ...withColumns(column("ssn", { type })), types, majorVersion: 4 }, settings, kind);
    const declared = { writeMode: "lwt", elementsNeverExpire: true } as const;
    for (const type of ["map<text, text>", "list<text>", "contact"]) {
      expect(found(type)).toEqual(["FAIL table.elements"]);
      expect(found(type, declared)).toEqual(["WARN table.elements", "WARN table.lwt"]);
    }
    for (const type of ["set<text>", "list<text>", "contact"]) expect(found(type, {}, "verify")).toEqual([]);
    expect(found("set<text>", { ...declared, writersStopped: true })[0]).toBe("FAIL table.elements");
  });

  it("compares key columns by position, not by the order in which the server lists them", () => {
    const columns = [
      column("a", { kind: "partition_key", position: 1 }),
      column("b", { kind: "partition_key", position: 0 }),
      column("ssn"),
    ];
    expect(findings({ columns }, { partitionKey: ["b", "a"] })).toEqual([]);
    expect(findings({ columns }, { partitionKey: ["a", "b"] })).toEqual(["FAIL table.key"]);
  });

  it("takes an empty clustering_key for one that is not configured", () => {
    const clustered = withColumns(column("at", { kind: "clustering", position: 0 }), column("ssn"));
    expect(findings(clustered, { clusteringKey: [] })).toEqual([]);
    expect(findings(clustered, { clusteringKey: ["on"] })).toEqual(["FAIL table.key"]);
  });

  it.each([
    ["ssn", ["FAIL table.index"]],
    ["values(ssn)", ["FAIL table.index"]],
    ['"ssn"', ["FAIL table.index"]],
    ["ssn_hash", []],
    ['"Ssn"', []],
  ])("takes an index on %s for what it is", (target, expected) => {
    expect(findings({ indexes: [{ name: "i", kind: "COMPOSITES", target }] })).toEqual(expected);
  });

  it("refuses a mask on whatever it reads, and on nothing else", () => {
    const masked = { masked: true };
    expect(findings(withColumns(column("ssn", masked)))).toEqual(["FAIL table.mask"]);
    expect(findings({ columns: [{ ...id, ...masked }, column("ssn")] })).toEqual(["FAIL table.mask"]);
    expect(findings(withColumns(column("ssn"), column("key_version", masked)))).toContain("FAIL table.mask");
    expect(findings(withColumns(column("ssn"), column("name", masked)))).toEqual([]);
  });

  it("accepts what is a matter of opinion, and nothing else", () => {
    const hasty = { gcGraceSeconds: 3599 };
    expect(findings(hasty)).toEqual(["FAIL table.gc-grace"]);
    expect(findings(hasty, { accept: ["table.gc-grace"] })).toEqual(["WARN table.gc-grace"]);
    expect(findings({ gcGraceSeconds: 3600 })).toEqual([]);
    const intolerable = { gcGraceSeconds: 0 };
    expect(findings(intolerable, { accept: ["table.gc-grace"] })).toEqual(["FAIL table.gc-grace"]);
    const masked = withColumns(column("ssn", { masked: true }));
    expect(findings(masked, { accept: ["table.mask"] })).toEqual(["FAIL table.mask"]);
  });

  it("leaves a column alone that only looks like a label, unless it is configured as one", () => {
    const number = withColumns(column("ssn"), column("key_version", { type: "int" }));
    expect(findings(number)).toEqual(["WARN table.label"]);
    expect(findings(number, { keyVersionColumnConfigured: true })).toEqual(["FAIL table.label"]);
    expect(findings({}, { keyVersionColumnConfigured: true })).toEqual(["FAIL table.label"]);
  });

  it("asks of a verification only what reading needs", () => {
    const busy = { gcGraceSeconds: 0, views: ["v"], cdc: true, compaction: "TimeWindowCompactionStrategy" };
    expect(findings(busy)).toEqual([
      "FAIL table.gc-grace",
      "WARN table.view",
      "WARN table.cdc",
      "WARN table.twcs",
    ]);
    expect(findings(busy, {}, "verify")).toEqual([]);
  });

  it("says what LWT mode costs, and gives every finding a next step", () => {
    expect(findings({}, { writeMode: "lwt" })).toEqual(["WARN table.lwt"]);
    const [table] = settingsWith({ writeMode: "lwt" }).tables;
    const all = tableFindings(
      table!,
      schemaWith({ ...withColumns(column("key_version")), views: ["v"] }),
      "rekey",
    );
    for (const finding of all) expect(finding).toHaveProperty("next");
  });
});
