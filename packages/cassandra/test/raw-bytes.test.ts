import { needsCassandra } from "@cassandra-rekey/local-cassandra/shared";
import { expect, test } from "vitest";
import { SchemaReader } from "../src/schema-reader.ts";
import { shapeOf } from "../src/table-facts.ts";
import { GO_ON, LEVEL, rowsOf, useReal } from "./real-cluster.ts";

const cluster = useReal();

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString("hex");

test("the bytes of a frozen value come and go as they are stored, with its writetime and TTL", async () => {
  await cluster.run("CREATE TYPE ks.phone (kind text, number blob)");
  const type = "frozen<map<text, frozen<list<frozen<phone>>>>>";
  const table = await cluster.table("frozen", `(id int PRIMARY KEY, v ${type}, t tuple<varint, text>)`, [
    "v",
    "t",
  ]);
  await cluster.run(
    "INSERT INTO ks.frozen (id, v, t) VALUES (1, {'b': [{kind: 'k', number: null}], 'a': []}, ?) USING TIMESTAMP 1234567 AND TTL 9000",
    // A varint with a byte more than it needs, and a tuple that ends early: encoded again they would be others.
    [Buffer.from("000000020001", "hex")],
  );
  const [row] = await rowsOf(cluster.source, table);
  const value = "0000000200000001610000000400000000000000016200000011000000010000000900000001" + "6bffffffff";
  expect(row!.cells.map((cell) => hex(cell?.value))).toEqual([value, "000000020001"]);
  expect(row!.cells[0]).toMatchObject({ writetime: 1_234_567n, ttl: expect.any(Number) });

  const cells = row!.cells.map((cell, index) => {
    return { column: ["v", "t"][index]!, value: cell!.value, timestamp: 1_234_568n, ttl: 9000 };
  });
  await cluster.sink.send(table, [{ token: row!.token, key: row!.key, cells }], LEVEL, GO_ON);
  const [after] = await rowsOf(cluster.source, table);
  expect(after!.cells.map((cell) => hex(cell?.value))).toEqual([value, "000000020001"]);
  expect(after!.cells[0]!.writetime).toBe(1_234_568n);
});

test("a field that a type got after it was looked at is in the bytes", async () => {
  await cluster.run("CREATE TYPE ks.later (a text)");
  const table = await cluster.table("grown", "(id int PRIMARY KEY, v frozen<later>)");
  await cluster.run("ALTER TYPE ks.later ADD b text");
  await cluster.run("INSERT INTO ks.grown (id, v) VALUES (1, {a: 'x', b: 'y'})");
  const [row] = await rowsOf(cluster.source, table);
  expect(hex(row!.cells[0]!.value)).toBe("00000001780000000179");
});

test("a transaction compares a frozen value by its bytes", async () => {
  const table = await cluster.table("guarded", "(id int PRIMARY KEY, v frozen<list<text>>)");
  await cluster.run("INSERT INTO ks.guarded (id, v) VALUES (1, ['a', 'b'])");
  const [row] = await rowsOf(cluster.source, table);
  const value = Buffer.from("00000001000000016e", "hex");
  const expected = row!.cells[0]!.value;
  const write = () =>
    cluster.sink.compareAndSet(table, row!.key, [{ column: "v", value, expected, ttl: 0 }], LEVEL, GO_ON);
  expect([await write(), await write()]).toEqual(["applied", "lost"]);
});

test("decoded values are what they always were, and only containers have their bytes noted", async () => {
  const { session } = cluster;
  await cluster.run("CREATE TABLE ks.mixed (id int PRIMARY KEY, l list<int>, u uuid, t text)");
  await cluster.run(
    "INSERT INTO ks.mixed (id, l, u, t) VALUES (1, [1, 2], 5b6962dd-3f90-4c93-8f61-eabfa4a803e2, 'x')",
  );
  const [row] = (await session.execute(`SELECT l, u, t FROM ${cluster.keyspace}.mixed`)).rows;
  expect(row!.get("l")).toEqual([1, 2]);
  expect(hex(session.rawBytes.of(row!.get("l")))).toBe("00000002000000040000000100000004" + "00000002");
  expect([row!.get("u"), row!.get("t"), null, {}].map((value) => session.rawBytes.of(value))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("a list with nulls inside, which TTL of a map is, is read as it is", async (context) => {
  needsCassandra("5.0", cluster, context);
  await cluster.run("CREATE TABLE ks.expiring (id int PRIMARY KEY, m map<text, text>)");
  await cluster.run("UPDATE ks.expiring SET m = {'a': 'x', 'c': 'x', 'd': 'x'} WHERE id = 1");
  await cluster.run("UPDATE ks.expiring USING TTL 9000 SET m['b'] = 'x', m['d'] = 'x' WHERE id = 1");
  const found = await cluster.first("SELECT TTL(m) AS ttl, m FROM ks.expiring");
  const ttl = found!["ttl"] as (number | null)[];
  expect(ttl.map((seconds) => seconds && Math.ceil(seconds / 9000))).toEqual([null, 1, null, 1]);
});

test("this release of the driver still tells its pools of each connection, also of later ones", async () => {
  const [host] = cluster.session.client.hosts.values();
  const { pool } = host as unknown as {
    pool: {
      connections: { encoder: { decode(bytes: Buffer, type: object): object } }[];
      _createConnection(): never;
    };
  };
  expect(pool.connections.length).toBeGreaterThan(0);
  const fresh = pool._createConnection() as (typeof pool.connections)[number];
  const bytes = Buffer.from("00000000", "hex");
  for (const { encoder } of [...pool.connections, fresh]) {
    const list = encoder.decode(bytes, { code: 0x20, info: { code: 0x09 } });
    expect(cluster.session.rawBytes.of(list)).toBe(bytes);
  }
});

test("user-defined types are read with the schema, names and all", async () => {
  await cluster.run('CREATE TYPE ks."Odd ""type" ("A field" text, b frozen<list<int>>)');
  await cluster.run('CREATE TABLE ks.odd (id int PRIMARY KEY, v frozen<"Odd ""type">)');
  const schema = await new SchemaReader(cluster.session).table(cluster.keyspace, "odd");
  expect(schema!.types).toContainEqual({
    name: 'Odd "type',
    fields: [
      { name: "A field", type: "text" },
      { name: "b", type: "frozen<list<int>>" },
    ],
  });
  const leaf = { kind: "leaf", form: "text", path: '"A field"' };
  expect(shapeOf(schema!, { columns: ["v"] }).columns[0]!.leaves).toEqual({
    kind: "fields",
    of: [leaf, undefined],
  });
});
