import type { CellWrite, Mutation, Row, TableShape } from "@cassandra-rekey/core";
import { describe, expect, test } from "vitest";
import { GO_ON, LEVEL, rowsOf, useReal } from "./real-cluster.ts";

const cluster = useReal();

const WRITTEN = 1_700_000_000_123_456n;
const cell = (column: string, value: string | Buffer, more: Partial<CellWrite> = {}): CellWrite => ({
  column,
  value: Buffer.from(value),
  timestamp: WRITTEN + 1n,
  ttl: 0,
  ...more,
});
const send = (table: TableShape, ...mutations: Mutation[]) =>
  cluster.sink.send(table, mutations, LEVEL, GO_ON);
const mutation = (row: Row, ...cells: CellWrite[]): Mutation => ({ token: row.token, key: row.key, cells });

/** A table with one row per number, each column written at `WRITTEN`. */
async function filled(name: string, ids: readonly number[], options = ""): Promise<[TableShape, Row[]]> {
  const table = await cluster.table(name, `(id int PRIMARY KEY, a text, b blob)${options}`, ["a", "b"]);
  for (const id of ids) {
    const cql = `UPDATE ks.${name} USING TIMESTAMP ${WRITTEN} SET a = 'old', b = 0x00 WHERE id = ${id}`;
    await cluster.run(cql);
  }
  return [table, await rowsOf(cluster.source, table)];
}

describe("a write", () => {
  test("has the timestamp it was given, to the microsecond", async () => {
    const [table, [row]] = await filled("stamps", [1]);
    await send(table, mutation(row!, cell("a", "new"), cell("b", "bin")));
    const [after] = await rowsOf(cluster.source, table);
    expect(after!.cells).toEqual([
      { value: Buffer.from("new"), writetime: WRITTEN + 1n, ttl: undefined },
      { value: Buffer.from("bin"), writetime: WRITTEN + 1n, ttl: undefined },
    ]);
  });

  test("does not expire with TTL 0, whatever the table's default, and expires with a TTL of its own", async () => {
    const [table, [row]] = await filled("defaults", [1], " WITH default_time_to_live = 3600");
    expect(row!.cells.map((found) => found?.ttl === undefined)).toEqual([false, false]);
    await send(table, mutation(row!, cell("a", "new"), cell("b", "bin", { ttl: 500 })));
    const [a, b] = (await rowsOf(cluster.source, table))[0]!.cells;
    expect(a?.ttl).toBeUndefined();
    expect(b?.ttl).toBeGreaterThan(400);
    expect(b?.ttl).toBeLessThanOrEqual(500);
  });

  test("of cells with different timestamps and TTLs gives each its own", async () => {
    const table = await cluster.table("mixed", "(id int PRIMARY KEY, a text, b text, c text, d text)", [
      "a",
      "b",
      "c",
      "d",
    ]);
    await cluster.run(
      "UPDATE ks.mixed USING TIMESTAMP 1 SET a = '1', b = '2', c = '3', d = '4' WHERE id = 1",
    );
    const [row] = await rowsOf(cluster.source, table);
    await send(
      table,
      mutation(
        row!,
        cell("a", "A", { timestamp: 11n }),
        cell("b", "B", { timestamp: 12n }),
        cell("c", "C", { timestamp: 11n, ttl: 900 }),
        cell("d", "D", { timestamp: 11n }),
      ),
    );
    const { cells } = (await rowsOf(cluster.source, table))[0]!;
    expect(cells.map((found) => String(found?.value))).toEqual(["A", "B", "C", "D"]);
    expect(cells.map((found) => found?.writetime)).toEqual([11n, 12n, 11n, 11n]);
    expect(cells.map((found) => found?.ttl !== undefined)).toEqual([false, false, true, false]);
  });

  test("reaches every row of a batch over several partitions", async () => {
    const ids = Array.from({ length: 40 }, (_, id) => id);
    const [table, rows] = await filled("batches", ids);
    const items = rows.map((row) => ({ ...mutation(row, cell("a", "new")), bytes: 100 }));
    const groups = cluster.sink.group(table, items);
    expect(groups.length).toBeLessThan(items.length);
    for (const group of groups) await send(table, ...group);
    const after = await rowsOf(cluster.source, table);
    expect(after.map((row) => String(row.cells[0]?.value))).toEqual(Array(40).fill("new"));
  });

  test("of the label column alone touches nothing else", async () => {
    const table = await cluster.table("labels", "(id int PRIMARY KEY, a text, v text)", ["a"], "v");
    await cluster.run("UPDATE ks.labels USING TIMESTAMP 5 SET a = 'x', v = 'old' WHERE id = 1");
    const [row] = await rowsOf(cluster.source, table);
    await send(table, mutation(row!, cell("v", "new", { timestamp: 6n })));
    const [after] = await rowsOf(cluster.source, table);
    expect(after!.cells).toEqual(row!.cells);
    expect(after!.label).toEqual({ value: Buffer.from("new"), writetime: 6n, ttl: undefined });
  });

  test("makes no row marker: with its cells deleted the row is gone", async () => {
    const [table, [row]] = await filled("markers", [1]);
    await send(table, mutation(row!, cell("a", "new"), cell("b", "bin")));
    await cluster.run("DELETE a, b FROM ks.markers WHERE id = 1");
    expect(await rowsOf(cluster.source, table)).toEqual([]);
  });

  test("through plain byte arrays writes the same bytes", async () => {
    const [table, [row]] = await filled("arrays", [1]);
    const key = row!.key.map((part) => new Uint8Array(part));
    const value = new Uint8Array([1, 2, 255]);
    await send(table, { token: row!.token, key, cells: [{ ...cell("b", ""), value }] });
    expect((await cluster.source.row(table, key, LEVEL, GO_ON))?.row.cells[1]?.value).toEqual(
      Buffer.from(value),
    );
  });
});

describe("an application's newer change wins", () => {
  const changes = [
    ["write", "UPDATE ks.TARGET USING TIMESTAMP NEWER SET a = 'app' WHERE id = 1", "app"],
    ["delete of the cell", "DELETE a FROM ks.TARGET USING TIMESTAMP NEWER WHERE id = 1", undefined],
    ["delete of the row", "DELETE FROM ks.TARGET USING TIMESTAMP NEWER WHERE id = 1", undefined],
  ] as const;

  test.each(changes)("a %s that landed before ours, or lands after it", async (what, cql, expected) => {
    for (const order of ["before", "after"]) {
      const name = `newer_${what.replaceAll(" ", "_")}_${order}`;
      const [table, [row]] = await filled(name, [1]);
      const change = cql.replace("TARGET", name).replace("NEWER", String(WRITTEN + 2n));
      if (order === "before") await cluster.run(change);
      await send(table, mutation(row!, cell("a", "ours")));
      if (order === "after") await cluster.run(change);
      const found = await cluster.first(`SELECT a FROM ks.${name} WHERE id = 1`);
      expect(found?.["a"] ?? undefined).toBe(expected);
    }
  });

  test("while an older one, and the value that was read, give way", async () => {
    const [table, [row]] = await filled("older", [1]);
    await send(table, mutation(row!, cell("a", "ours")));
    await cluster.run(`UPDATE ks.older USING TIMESTAMP ${WRITTEN} SET a = 'zzz' WHERE id = 1`);
    expect(await cluster.first("SELECT a FROM ks.older WHERE id = 1")).toMatchObject({ a: "ours" });
  });
});

describe("a request above 16 MiB", () => {
  const half = Buffer.alloc(8 * 1024 * 1024, 1);

  test("is split: large cells of one row, and large rows", async () => {
    const table = await cluster.table("huge", "(id int PRIMARY KEY, a blob, b blob)", ["a", "b"]);
    await cluster.run("UPDATE ks.huge USING TIMESTAMP 1 SET a = 0x00, b = 0x00 WHERE id IN (1, 2)");
    const rows = await rowsOf(cluster.source, table);
    const cells = [cell("a", half, { timestamp: 2n }), cell("b", half, { timestamp: 2n })];
    await send(table, ...rows.map((row) => mutation(row, ...cells)));
    for (const row of rows) {
      const found = await cluster.source.row(table, row.key, LEVEL, GO_ON);
      expect(found?.row.cells.map((after) => half.equals(after!.value))).toEqual([true, true]);
      expect(found?.row.cells.map((after) => after?.writetime)).toEqual([2n, 2n]);
    }
  });

  test("is refused by column when one value alone is too large", async () => {
    const [table, [row]] = await filled("giant", [1]);
    const giant = cell("b", Buffer.alloc(15 * 1024 * 1024 + 1));
    await expect(send(table, mutation(row!, cell("a", "new"), giant))).rejects.toMatchObject({
      code: "CLUSTER.INVALID_QUERY",
      retryable: false,
      message: expect.stringContaining(`${cluster.keyspace}.giant.b is too large`),
    });
  });
});
