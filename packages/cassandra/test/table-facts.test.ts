import { expect, test } from "vitest";
import { formOf } from "../src/cell-columns.ts";
import { driftBetween, keyColumns, pythonFingerprint, shapeOf, snapshotOf } from "../src/table-facts.ts";
import { columnSchema, tableSchema } from "./table-shapes.ts";

test("key columns come in the order of their position, not of their names", () => {
  const names = (kind: "partition_key" | "clustering") =>
    keyColumns(tableSchema(), kind).map(({ name }) => name);
  expect(names("partition_key")).toEqual(["tenant", "id"]);
  expect(names("clustering")).toEqual(["at", "seq"]);
});

test("text and blob columns can hold ciphertext, others cannot", () => {
  for (const type of ["text", "ascii", "varchar"]) expect(formOf(type)).toBe("text");
  expect(formOf("blob")).toBe("binary");
  for (const type of ["int", "frozen<list<text>>", "inet"]) expect(formOf(type)).toBeUndefined();
});

test("a frozen value is one cell with ciphertext in its leaves; what has none inside is refused", () => {
  const types = [
    {
      name: "phone",
      fields: [
        { name: "kind", type: "text" },
        { name: "number", type: "blob" },
      ],
    },
  ];
  const columns = [
    columnSchema("contacts", "frozen<map<text, frozen<phone>>>"),
    columnSchema("open", "map<text, text>"),
    columnSchema("numbers", "frozen<list<int>>"),
  ];
  const schema = tableSchema({ columns, types });
  const leaf = { kind: "leaf", form: "binary", path: "[*].number" };
  expect(shapeOf(schema, { columns: ["contacts"], paths: { contacts: ["[*].number"] } }).columns).toEqual([
    {
      name: "contacts",
      type: "frozen<map<text, frozen<phone>>>",
      form: "binary",
      leaves: { kind: "map", of: { kind: "fields", of: [undefined, leaf] } },
    },
  ]);
  const refused = (column: string) => () => shapeOf(schema, { columns: [column] });
  expect(shapeOf(schema, { columns: ["open"] }).columns).toMatchObject([
    { name: "open", part: "map-values", untimed: true },
  ]);
  expect(refused("numbers")).toThrow("numbers has no text or blob inside");
});

test("a snapshot has the fields of the user-defined types that touched columns are made of", () => {
  const field = (name: string, type = "text") => ({ name, type });
  const types = [
    { name: "phone", fields: [field("kind"), field("place", "frozen<spot>")] },
    { name: "spot", fields: [field("x")] },
    { name: "other", fields: [field("y")] },
  ];
  const columns = [columnSchema("contacts", "frozen<list<frozen<phone>>>"), columnSchema("email", "text")];
  const snapshot = (touched: string[], all = types) =>
    snapshotOf(tableSchema({ columns, types: all }), touched);
  expect(snapshot(["email", "contacts"]).columns).toEqual([
    "contacts frozen<list<frozen<phone>>> regular",
    "email text regular",
    "type phone (kind text, place frozen<spot>)",
    "type spot (x text)",
  ]);
  expect(snapshot(["email"]).columns).toEqual(["email text regular"]);
  const grown = types.map((type) =>
    type.name === "spot" ? { ...type, fields: [field("x"), field("z")] } : type,
  );
  expect(driftBetween(snapshot(["contacts"]), snapshot(["contacts"], grown))).toHaveLength(1);
  expect(driftBetween(snapshot(["email"]), snapshot(["email"], grown))).toEqual([]);
});

test("a shape holds the wanted columns in the wanted order", () => {
  expect(shapeOf(tableSchema(), { columns: ["photo", "email"] })).toEqual({
    keyspace: "shop",
    name: "customers",
    tableId: "5b6962dd-3f90-4c93-8f61-eabfa4a803e2",
    partitionKey: [
      { name: "tenant", type: "text" },
      { name: "id", type: "uuid" },
    ],
    clusteringKey: [
      { name: "at", type: "timestamp" },
      { name: "seq", type: "int" },
    ],
    columns: [
      { name: "photo", type: "blob", form: "binary" },
      { name: "email", type: "text", form: "text" },
    ],
  });
  expect(shapeOf(tableSchema(), { columns: ["email"], label: "photo" }).label).toEqual({
    name: "photo",
    type: "blob",
  });
});

test("a column that is not there, or cannot hold ciphertext, is named", () => {
  expect(() => shapeOf(tableSchema(), { columns: ["mail"] })).toThrow("shop.customers has no column mail");
  expect(() => shapeOf(tableSchema(), { columns: ["email"], label: "version" })).toThrow("no column version");
  expect(() => shapeOf(tableSchema(), { columns: ["seq"] })).toThrow(
    "shop.customers.seq is of type int, which cannot hold ciphertext",
  );
});

test("an unrelated new column, and the order in which columns are listed, is no drift", () => {
  const planned = snapshotOf(tableSchema(), ["email"]);
  const columns = [columnSchema("zip", "text"), ...tableSchema().columns.toReversed()];
  expect(driftBetween(planned, snapshotOf(tableSchema({ columns }), ["email"]))).toEqual([]);
});

test("another table, another key or another touched column is drift, each in a line of its own", () => {
  const planned = snapshotOf(tableSchema(), ["email", "photo"]);
  const without = tableSchema().columns.filter(({ name }) => !["photo", "seq", "id"].includes(name));
  const columns = [...without, columnSchema("id", "int", "partition_key", { position: 1 })];
  const live = snapshotOf(tableSchema({ tableId: "another", columns }), ["email", "photo"]);
  expect(driftBetween(planned, live)).toEqual([
    "the table was dropped and created again",
    "the partition key was (tenant text, id uuid) and is (tenant text, id int)",
    "the clustering key was (at timestamp, seq int) and is (at timestamp)",
    "the touched columns was (email text regular, photo blob regular) and is (email text regular)",
  ]);
});

// Each value was computed by cassandra_rekey.introspect of the Python package 0.1.0, from the same columns.
test("the Python tool's fingerprint is its own", () => {
  expect(pythonFingerprint(tableSchema())).toBe(
    "dc2985c76149c5478337098a5da6449c68086cd7717aabf70fa1660cf1bf9e94",
  );
  const index = (target: string) => ({ name: "i", kind: "COMPOSITES", target });
  const indexes = [index("values(tags)"), index("email"), index("email"), index("")];
  expect(pythonFingerprint(tableSchema({ indexes }))).toBe(
    "91f10b17bfad0834d2894986004a17f5ecb546e7f805b503ddfa257b731bea89",
  );
  const columns = [
    columnSchema("id", "int", "partition_key", { position: 0 }),
    columnSchema("n", "counter"),
    columnSchema("\u{1f600}", "text", "static"),
    columnSchema("\uffee", "text", "static"),
  ];
  expect(pythonFingerprint(tableSchema({ name: "hits", columns }))).toBe(
    "ad0b7824d100f821f6583e6532cff90b94c1fbd2aa772530f1a75e5da09f906f",
  );
});
