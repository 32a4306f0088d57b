import { MAX_TOKEN, MIN_TOKEN, type TableShape, UNKNOWN_WRITETIME } from "@cassandra-rekey/core";
import { needsCassandra } from "@cassandra-rekey/local-cassandra/shared";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SchemaReader } from "../src/schema-reader.ts";
import { shapeOf } from "../src/table-facts.ts";
import { GO_ON, LEVEL, rowsOf, useReal } from "./real-cluster.ts";

const cluster = useReal();
beforeAll(async () => {
  await cluster.run('CREATE TYPE ks.person (name text, "Photo" blob, age int, tags frozen<list<text>>)');
});

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();
const shape = async (name: string, columns: readonly string[], scan: "rows" | "partitions" = "rows") =>
  shapeOf((await new SchemaReader(cluster.session).table(cluster.keyspace, name))!, { columns, scan });
async function create(name: string, columns: string): Promise<TableShape> {
  await cluster.run(`CREATE TABLE ks.${name} (id int, c int, ${columns}, PRIMARY KEY (id, c))`);
  return shape(name, ["v"]);
}

describe("from Cassandra 5.0 on", () => {
  beforeEach((context) => needsCassandra("5.0", cluster, context));

  test("each value of a map has its own writetime and TTL, nulls and expired ones are not there", async () => {
    const table = await create("maps", "v map<text, text>, n int");
    await cluster.run(
      "INSERT INTO ks.maps (id, c, v, n) VALUES (1, 1, {'b': 'B', 'a': 'A', 'x': 'X'}, 1) USING TIMESTAMP 1000",
    );
    await cluster.run(
      "UPDATE ks.maps USING TIMESTAMP 2000 AND TTL 9000 SET v['a'] = 'A2' WHERE id = 1 AND c = 1",
    );
    await cluster.run("DELETE v['x'] FROM ks.maps USING TIMESTAMP 3000 WHERE id = 1 AND c = 1");
    await cluster.run("INSERT INTO ks.maps (id, c, n) VALUES (1, 2, 1)");
    const rows = await rowsOf(cluster.source, table);
    expect(rows.map(({ cells }) => cells)).toEqual([[undefined], [undefined]]);
    expect(
      rows.map(({ elements }) =>
        elements!.map(({ key, value, writetime, ttl }) => [
          text(key),
          text(value),
          writetime,
          ttl !== undefined,
        ]),
      ),
    ).toEqual([
      [
        ["a", "A2", 2000n, true],
        ["b", "B", 1000n, false],
      ],
      [],
    ]);
    const page = await cluster.source.page(
      {
        table,
        range: { after: MIN_TOKEN, upTo: MAX_TOKEN },
        cursor: undefined,
        maxRows: 10,
        consistency: LEVEL,
      },
      GO_ON,
    );
    expect(page.bytes).toBeGreaterThan(40);
  });

  test("a value is written under its key, beside others with other stamps, and a newer write of the whole map stands", async () => {
    const table = await create("written", "v map<int, blob>, n int");
    await cluster.run(
      "INSERT INTO ks.written (id, c, v) VALUES (1, 1, {2: 0x02, -1: 0x01}) USING TIMESTAMP 1000",
    );
    await cluster.run("UPDATE ks.written USING TIMESTAMP 5000 SET v = {2: 0x22} WHERE id = 1 AND c = 1");
    const key = (n: number) => Buffer.from(Int32Array.of(n).buffer).reverse();
    const [row] = await rowsOf(cluster.source, table);
    const write = (n: number, value: string, timestamp: bigint) => ({
      column: "v",
      part: { key: key(n) },
      value: Buffer.from(value, "hex"),
      timestamp,
      ttl: 0,
    });
    const cells = [write(2, "33", 5001n), write(-1, "44", 1001n)];
    await cluster.sink.send(table, [{ token: row!.token, key: row!.key, cells }], LEVEL, GO_ON);
    const [after] = await rowsOf(cluster.source, table);
    expect(
      after!.elements!.map(({ value, writetime }) => [Buffer.from(value).toString("hex"), writetime]),
    ).toEqual([["33", 5001n]]);
    const change = (expected: string) => ({
      column: "v",
      part: { key: key(2) },
      value: Buffer.from("55", "hex"),
      expected: Buffer.from(expected, "hex"),
      ttl: 0,
    });
    expect(await cluster.sink.compareAndSet(table, row!.key, [change("22")], LEVEL, GO_ON)).toBe("lost");
    expect(await cluster.sink.compareAndSet(table, row!.key, [change("33")], LEVEL, GO_ON)).toBe("applied");
  });

  test("each field of a UDT is a cell of its own, read and written by itself", async () => {
    const table = await create("people", "v person");
    expect(table.columns.map(({ part, form }) => [part, form])).toEqual([
      [{ field: "name" }, "text"],
      [{ field: "Photo" }, "binary"],
      [{ field: "tags" }, "binary"],
    ]);
    await cluster.run(
      "UPDATE ks.people USING TIMESTAMP 1000 SET v = {name: 'n', age: 3, tags: ['t']} WHERE id = 1 AND c = 1",
    );
    await cluster.run(
      `UPDATE ks.people USING TIMESTAMP 2000 AND TTL 9000 SET v."Photo" = 0xff WHERE id = 1 AND c = 1`,
    );
    const [row] = await rowsOf(cluster.source, table);
    expect(row!.cells.map((cell) => cell && [cell.writetime, cell.ttl !== undefined])).toEqual([
      [1000n, false],
      [2000n, true],
      [1000n, false],
    ]);
    const cells = [
      { column: "v", part: { field: "name" }, value: Buffer.from("N"), timestamp: 1001n, ttl: 0 },
      { column: "v", part: { field: "Photo" }, value: Buffer.from("P"), timestamp: 2001n, ttl: 500 },
    ];
    await cluster.sink.send(table, [{ token: row!.token, key: row!.key, cells }], LEVEL, GO_ON);
    const [after] = await rowsOf(cluster.source, table);
    expect(after!.cells.map((cell) => cell?.writetime)).toEqual([1001n, 2001n, 1000n]);
    expect(after!.cells.slice(0, 2).map((cell) => text(cell?.value))).toEqual(["N", "P"]);
    const found = await cluster.first("SELECT v.age AS age FROM ks.people WHERE id = 1 AND c = 1");
    expect(found).toMatchObject({ age: 3 });
    const expected = Buffer.from("N");
    const change = { column: "v", part: { field: "name" }, value: Buffer.from("L"), expected, ttl: 0 };
    const set = () => cluster.sink.compareAndSet(table, row!.key, [change], LEVEL, GO_ON);
    expect([await set(), await set()]).toEqual(["applied", "lost"]);
  });

  test("static maps and UDTs are read once a partition", async () => {
    await cluster.run(
      "CREATE TABLE ks.shared (id int, c int, v map<text, text> STATIC, u person STATIC, PRIMARY KEY (id, c))",
    );
    await cluster.run("UPDATE ks.shared USING TIMESTAMP 7 SET v = {'a': 'b'}, u = {name: 'n'} WHERE id = 1");
    await cluster.run("INSERT INTO ks.shared (id, c) VALUES (1, 1)");
    await cluster.run("INSERT INTO ks.shared (id, c) VALUES (1, 2)");
    const table = await shape("shared", ["v", "u"], "partitions");
    const rows = await rowsOf(cluster.source, table);
    expect(rows).toHaveLength(1);
    expect(rows[0]!.elements!.map(({ value, writetime }) => [text(value), writetime])).toEqual([["b", 7n]]);
    expect(text(rows[0]!.cells[1]?.value)).toBe("n");
  });
});

test("before Cassandra 5.0 they are read without writetimes and TTLs", async () => {
  await cluster.run(
    "CREATE TABLE ks.untimed (id int PRIMARY KEY, m map<text, text>, u person, l list<text>)",
  );
  await cluster.run(
    "UPDATE ks.untimed USING TTL 5000 SET m = {'a': 'A'}, u = {name: 'n'}, l = ['x', 'y'] WHERE id = 1",
  );
  const schema = (await new SchemaReader(cluster.session).table(cluster.keyspace, "untimed"))!;
  const [row] = await rowsOf(
    cluster.source,
    shapeOf({ ...schema, majorVersion: 4 }, { columns: ["m", "u", "l"], paths: { u: ['"name"'] } }),
  );
  const times = { writetime: UNKNOWN_WRITETIME, ttl: undefined };
  expect(row!.cells).toEqual([undefined, { value: Buffer.from("n"), ...times }, undefined]);
  const elements = row!.elements!.map((cell) => ({ ...cell, key: cell.key.at(-1), value: text(cell.value) }));
  expect(elements).toEqual([
    { column: 0, key: "a".charCodeAt(0), value: "A", ...times },
    { column: 2, key: 0, value: "x", ...times },
    { column: 2, key: 1, value: "y", ...times },
  ]);
});
