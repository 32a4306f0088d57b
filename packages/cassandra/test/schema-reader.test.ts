import { needsCassandra } from "@cassandra-rekey/local-cassandra/shared";
import { beforeAll, expect, test } from "vitest";
import { SchemaReader } from "../src/schema-reader.ts";
import { keyColumns } from "../src/table-facts.ts";
import { useReal } from "./real-cluster.ts";

const cluster = useReal();
let reader: SchemaReader;
beforeAll(async () => {
  reader = new SchemaReader(cluster.session);
  await cluster.run(
    `CREATE TABLE ks.customers (zone text, id int, at timestamp, seq int, email text, tags set<text>, s text static,
       PRIMARY KEY ((zone, id), seq, at)) WITH CLUSTERING ORDER BY (seq DESC, at ASC)
       AND gc_grace_seconds = 7200 AND default_time_to_live = 60
       AND compaction = {'class': 'TimeWindowCompactionStrategy'}`,
  );
});

test("a table is described as it is", async () => {
  const schema = await reader.table(cluster.keyspace, "customers");
  expect(schema).toMatchObject({
    keyspace: cluster.keyspace,
    name: "customers",
    tableId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    flags: ["compound"],
    indexes: [],
    views: [],
    gcGraceSeconds: 7200,
    defaultTimeToLive: 60,
    compaction: "TimeWindowCompactionStrategy",
    cdc: false,
  });
  expect(schema!.columns.map(({ name }) => name)).toEqual(["at", "email", "id", "s", "seq", "tags", "zone"]);
  expect(schema!.columns.find(({ name }) => name === "s")?.kind).toBe("static");
  expect(schema!.columns.find(({ name }) => name === "tags")?.type).toBe("set<text>");
});

test("key columns have their positions and orders", async () => {
  const schema = await reader.table(cluster.keyspace, "customers");
  expect(keyColumns(schema!, "partition_key").map(({ name }) => name)).toEqual(["zone", "id"]);
  expect(
    keyColumns(schema!, "clustering").map(({ name, clusteringOrder }) => [name, clusteringOrder]),
  ).toEqual([
    ["seq", "desc"],
    ["at", "asc"],
  ]);
});

test("indexes, views and masked columns are seen", async () => {
  await cluster.run("CREATE TABLE ks.seen (id int PRIMARY KEY, a text, m map<text, text>)");
  await cluster.run("CREATE INDEX plain_index ON ks.seen (a)");
  await cluster.run("CREATE INDEX map_index ON ks.seen (VALUES(m))");
  await cluster.run(
    "CREATE MATERIALIZED VIEW ks.by_a AS SELECT a, id FROM ks.seen WHERE a IS NOT NULL AND id IS NOT NULL PRIMARY KEY (a, id)",
  );
  const schema = await reader.table(cluster.keyspace, "seen");
  expect(schema!.indexes.toSorted((x, y) => (x.name < y.name ? -1 : 1))).toEqual([
    { name: "map_index", kind: "COMPOSITES", target: "values(m)" },
    { name: "plain_index", kind: "COMPOSITES", target: "a" },
  ]);
  expect(schema!.views).toEqual(["by_a"]);
  expect((await reader.names(cluster.keyspace)).views).toEqual(new Map([["by_a", "seen"]]));
});

test("a storage-attached index is of that kind, and a masked column is masked", async (context) => {
  needsCassandra("5.0", cluster, context);
  await cluster.run("CREATE TABLE ks.newer (id int PRIMARY KEY, a text, b text MASKED WITH DEFAULT)");
  await cluster.run("CREATE INDEX sai_index ON ks.newer (a) USING 'sai'");
  const schema = await reader.table(cluster.keyspace, "newer");
  expect(schema!.indexes).toMatchObject([{ name: "sai_index", target: "a" }]);
  expect(schema!.indexes[0]!.kind).toMatch(/StorageAttachedIndex|sai/);
  expect(schema!.columns.filter((column) => column.masked).map(({ name }) => name)).toEqual(["b"]);
});

test("a table that is not there, or is written otherwise, is none", async () => {
  expect(await reader.table(cluster.keyspace, "no_such_table")).toBeUndefined();
  expect(await reader.table(cluster.keyspace, "Customers")).toBeUndefined();
  expect(await reader.table("no_such_keyspace", "customers")).toBeUndefined();
});

test("a table that was dropped and made again has another id", async () => {
  const create = "CREATE TABLE ks.again (id int PRIMARY KEY)";
  await cluster.run(create);
  const before = await reader.table(cluster.keyspace, "again");
  await cluster.run("DROP TABLE ks.again");
  expect(await reader.table(cluster.keyspace, "again")).toBeUndefined();
  await cluster.run(create);
  expect((await reader.table(cluster.keyspace, "again"))?.tableId).not.toBe(before?.tableId);
});

test("keyspaces and tables are listed by name", async () => {
  expect(await reader.keyspaces()).toContain(cluster.keyspace);
  expect((await reader.names(cluster.keyspace)).tables).toContain("customers");
});
