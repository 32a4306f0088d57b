import type { TableShape } from "@cassandra-rekey/core";
import { beforeAll, expect, test } from "vitest";
import { GO_ON, LEVEL, pagesOf, rowsOf, useReal } from "./real-cluster.ts";

const cluster = useReal();
let table: TableShape;
beforeAll(async () => {
  const columns = "a text, b int, c int, s text STATIC, blob_of_it blob STATIC, v text";
  await cluster.table("partitions", `(${columns}, PRIMARY KEY ((a, b), c))`);
  table = await cluster.statics("partitions", ["s", "blob_of_it"]);
  for (let b = 0; b < 12; b += 1) {
    const key = `'p', ${b}`;
    if (b % 2 === 0)
      await cluster.run(
        `UPDATE ks.partitions USING TIMESTAMP ${1000 + b} AND TTL 9000 SET s = 's${b}' WHERE a = 'p' AND b = ${b}`,
      );
    if (b % 3 === 0) continue;
    for (let c = 0; c < 5; c += 1)
      await cluster.run(`INSERT INTO ks.partitions (a, b, c, v) VALUES (${key}, ${c}, 'v')`);
  }
});

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

test("each partition comes once with its static cells, also one without rows, page after page", async () => {
  const pages = [];
  for await (const page of pagesOf(cluster.source, table, { maxRows: 4 })) pages.push(page.rows.length);
  expect(Math.max(...pages)).toBe(4);
  const rows = await rowsOf(cluster.source, table, { maxRows: 4 });
  const found = rows.map(({ key, cells }) => [
    Buffer.from(key[1]!).readInt32BE(),
    text(cells[0]?.value),
    cells[0]?.writetime,
  ]);
  expect(found.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual(
    [0, 1, 2, 4, 5, 6, 7, 8, 10, 11].map((b) =>
      b % 2 === 0 ? [b, `s${b}`, BigInt(1000 + b)] : [b, undefined, undefined],
    ),
  );
  expect(rows.every(({ key }) => key.length === 2)).toBe(true);
  expect(rows.filter(({ cells }) => cells[0]).every(({ cells }) => cells[0]!.ttl! > 8000)).toBe(true);
});

test("a cursor of the one pass starts the other from its beginning", async () => {
  const rows = await cluster.session.execute(`SELECT * FROM ${cluster.keyspace}.partitions`);
  const page = await cluster.source.page(
    {
      table,
      range: { after: -(2n ** 63n), upTo: 2n ** 63n - 1n },
      cursor: undefined,
      maxRows: 4,
      consistency: LEVEL,
    },
    GO_ON,
  );
  const { scan: _, ...rest } = table;
  const rowPass: TableShape = {
    ...rest,
    clusteringKey: [{ name: "c", type: "int" }],
    columns: [{ name: "v", type: "text", form: "text" }],
  };
  const resumed = await rowsOf(cluster.source, rowPass, { cursor: page.next! });
  // At worst the last completed partition's token is gone on from, never a paging state of the other statement.
  const tokens = new Set(page.rows.slice(0, -1).map(({ token }) => token));
  expect(resumed.length).toBeGreaterThan(0);
  expect(resumed.every(({ token }) => !tokens.has(token))).toBe(true);
  expect(rows.rows.length).toBeGreaterThan(resumed.length);
});

test("a partition is read by its key, and its static cells are written without a row", async () => {
  const rows = await rowsOf(cluster.source, table);
  const bare = rows.find(({ key }) => Buffer.from(key[1]!).readInt32BE() === 6)!;
  const crowded = rows.find(({ key }) => Buffer.from(key[1]!).readInt32BE() === 4)!;
  for (const row of [bare, crowded]) {
    expect((await cluster.source.row(table, row.key, LEVEL, GO_ON))?.row).toMatchObject({
      key: row.key,
      cells: [{ value: row.cells[0]!.value }, undefined],
    });
    const cells = [
      { column: "s", value: Buffer.from("new"), timestamp: row.cells[0]!.writetime + 1n, ttl: 500 },
    ];
    await cluster.sink.send(table, [{ token: row.token, key: row.key, cells }], LEVEL, GO_ON);
    const [cell] = (await cluster.source.row(table, row.key, LEVEL, GO_ON))!.row.cells;
    expect([text(cell!.value), cell!.writetime]).toEqual(["new", row.cells[0]!.writetime + 1n]);
    expect(cell!.ttl).toBeLessThanOrEqual(500);
  }
  const { rows: left } = await cluster.session.execute(
    `SELECT c FROM ${cluster.keyspace}.partitions WHERE a = 'p' AND b = 6`,
  );
  expect(left.map((row) => row.get("c"))).toEqual([null]);
});

test("a transaction writes static cells only while they hold what was expected", async () => {
  const row = (await rowsOf(cluster.source, table)).find(
    ({ key }) => Buffer.from(key[1]!).readInt32BE() === 8,
  )!;
  const change = (expected: string) => ({
    column: "s",
    value: Buffer.from("by-lwt"),
    expected: Buffer.from(expected),
    ttl: 0,
  });
  expect(await cluster.sink.compareAndSet(table, row.key, [change("other")], LEVEL, GO_ON)).toBe("lost");
  expect(await cluster.sink.compareAndSet(table, row.key, [change("s8")], LEVEL, GO_ON)).toBe("applied");
  expect(text((await cluster.source.row(table, row.key, LEVEL, GO_ON))!.row.cells[0]!.value)).toBe("by-lwt");
});
