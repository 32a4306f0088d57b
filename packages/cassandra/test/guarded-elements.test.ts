import type { ConditionalCell, Row, TableShape } from "@cassandra-rekey/core";
import { needsCassandra } from "@cassandra-rekey/local-cassandra/shared";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { collectionOf } from "../src/frozen-value.ts";
import { SchemaReader } from "../src/schema-reader.ts";
import { shapeOf } from "../src/table-facts.ts";
import { GO_ON, LEVEL, rowsOf, useReal } from "./real-cluster.ts";

const cluster = useReal();
let table: TableShape;
beforeAll(async () => {
  await cluster.run("CREATE TABLE ks.t (id int PRIMARY KEY, l list<text>, s set<text>, n int)");
  const schema = (await new SchemaReader(cluster.session).table(cluster.keyspace, "t"))!;
  table = shapeOf(schema, { columns: ["l", "s"] });
});

let id = 0;
async function freshRow(...statements: readonly string[]): Promise<Row> {
  id += 1;
  for (const statement of statements) await cluster.run(statement.replace("?", String(id)));
  return read();
}
async function read(): Promise<Row> {
  return (await rowsOf(cluster.source, table)).find((row) => Buffer.from(row.key[0]!).readInt32BE() === id)!;
}
const values = (row: Row, column = 0) =>
  row.elements!.filter((cell) => cell.column === column).map(({ value }) => Buffer.from(value).toString());
const element = (
  row: Row,
  column: "l" | "s",
  part: NonNullable<ConditionalCell["part"]>,
  value: string,
  ttl = 0,
): ConditionalCell => {
  const whole = values(row, column === "l" ? 0 : 1).map((text) => Buffer.from(text));
  return { column, part, value: Buffer.from(value), expected: collectionOf(whole), ttl };
};
const set = (row: Row, ...cells: ConditionalCell[]) =>
  cluster.sink.compareAndSet(table, row.key, cells, LEVEL, GO_ON);

describe("elements of a list", () => {
  const AB = "UPDATE ks.t USING TIMESTAMP 1000 SET l = ['A', 'B', 'C'] WHERE id = ?";

  test("are set where they are, and the others stay as they were", async () => {
    const row = await freshRow(AB);
    expect(
      await set(row, element(row, "l", { position: 0 }, "a"), element(row, "l", { position: 2 }, "c")),
    ).toBe("applied");
    const after = await read();
    expect(values(after)).toEqual(["a", "B", "c"]);
    if (cluster.session.majorVersion >= 5)
      expect(after.elements!.map(({ writetime }) => writetime === 1000n)).toEqual([false, true, false]);
  });

  test.each([
    ["put one before them", "UPDATE ks.t SET l = ['X'] + l WHERE id = ?"],
    ["removed one", "DELETE l[0] FROM ks.t WHERE id = ?"],
    ["changed another", "UPDATE ks.t SET l[1] = 'Y' WHERE id = ?"],
    ["replaced the list", "UPDATE ks.t SET l = ['A', 'B'] WHERE id = ?"],
  ])("are left alone when the application %s", async (_, change) => {
    const row = await freshRow(AB);
    await cluster.run(change.replace("?", String(id)));
    const before = values(await read());
    expect(await set(row, element(row, "l", { position: 0 }, "a"))).toBe("lost");
    expect(values(await read())).toEqual(before);
  });

  test("written by position without a condition, it would be another element that is overwritten", async () => {
    await freshRow(AB, "DELETE l[0] FROM ks.t WHERE id = ?");
    await cluster.run(`UPDATE ks.t USING TIMESTAMP 1001 SET l[0] = 'a' WHERE id = ${id}`);
    expect(values(await read())).toEqual(["a", "C"]);
  });

  test("that expire at different times are set in one transaction, each with its own TTL", async (context) => {
    // Before, TTLs of elements cannot be read.
    needsCassandra("5.0", cluster, context);
    const row = await freshRow(AB, "UPDATE ks.t USING TTL 9000 SET l = l + ['D'] WHERE id = ?");
    const cells = [element(row, "l", { position: 3 }, "d", 5000), element(row, "l", { position: 1 }, "b")];
    expect(await set(row, ...cells)).toBe("applied");
    const after = await read();
    expect(values(after)).toEqual(["A", "b", "C", "d"]);
    const ttls = after.elements!.map(({ ttl }) => ttl);
    expect(ttls.slice(0, 3)).toEqual([undefined, undefined, undefined]);
    expect(ttls[3]).toBeLessThanOrEqual(5000);
    expect(await set(row, ...cells)).toBe("lost");
  });

  test("in a list with one value too large for a request beside it are not written by halves", async () => {
    const row = await freshRow(AB);
    const large = "x".repeat(8 * 1024 * 1024);
    const cells = [element(row, "l", { position: 0 }, large), element(row, "l", { position: 1 }, large)];
    await expect(set(row, ...cells)).rejects.toMatchObject({ code: "CLUSTER.INVALID_QUERY" });
    expect(values(await read())).toEqual(["A", "B", "C"]);
  });
});

describe("elements of a set", () => {
  const AB = "UPDATE ks.t USING TIMESTAMP 1000 SET s = {'A', 'B'} WHERE id = ?";
  const swap = (row: Row, old: string, fresh: string) =>
    set(row, element(row, "s", { element: Buffer.from(old) }, fresh));

  test("change places with their successors, once", async () => {
    const row = await freshRow(AB);
    expect(await swap(row, "A", "z")).toBe("applied");
    // A second worker that read the same must not add a second successor.
    expect(await swap(row, "A", "y")).toBe("lost");
    expect(values(await read(), 1)).toEqual(["B", "z"]);
  });

  test("that are dated ahead would stay beside their successors: why their writetimes must be known", async () => {
    const ahead = `${BigInt(Date.now() + 3_600_000) * 1000n}`;
    const row = await freshRow(`UPDATE ks.t USING TIMESTAMP ${ahead} SET s = s + {'F'} WHERE id = ?`);
    expect(await swap(row, "F", "f")).toBe("applied");
    expect(values(await read(), 1)).toEqual(["F", "f"]);
  });
});

describe("static lists and sets", () => {
  beforeEach(async () => {
    await cluster.run(
      "CREATE TABLE IF NOT EXISTS ks.shared (id int, c int, l list<text> STATIC, s set<text> STATIC, PRIMARY KEY (id, c))",
    );
  });

  test("are written in partitions without rows", async () => {
    await cluster.run("UPDATE ks.shared SET l = ['A'], s = {'A'} WHERE id = 1");
    const statics = await cluster.statics("shared", ["l", "s"]);
    const [row] = await rowsOf(cluster.source, statics);
    const cells = [
      element(row!, "l", { position: 0 }, "a"),
      element(row!, "s", { element: Buffer.from("A") }, "a"),
    ];
    expect(await cluster.sink.compareAndSet(statics, row!.key, cells, LEVEL, GO_ON)).toBe("applied");
    const [after] = await rowsOf(cluster.source, statics);
    expect([values(after!), values(after!, 1)]).toEqual([["a"], ["a"]]);
  });
});
