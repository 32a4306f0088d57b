import { describe, expect, test, vi } from "vitest";
import { GO_ON, LEVEL, pagesOf, rowsOf, useReal, WHOLE_RING } from "./real-cluster.ts";

const cluster = useReal();

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString("utf8");
const int = (bytes: Uint8Array) => Buffer.from(bytes).readInt32BE();

describe("a cell", () => {
  test("comes with its value, its writetime to the microsecond and its remaining TTL", async () => {
    const table = await cluster.table("cells", "(id int PRIMARY KEY, v text, b blob, n text)", [
      "v",
      "b",
      "n",
    ]);
    await cluster.run("UPDATE ks.cells USING TIMESTAMP 1700000000123457 SET v = 'žluť' WHERE id = 1");
    await cluster.run("UPDATE ks.cells USING TIMESTAMP 17 AND TTL 9000 SET b = 0x00ff WHERE id = 1");
    const [row] = await rowsOf(cluster.source, table);
    const [v, b, n] = row!.cells;
    expect({ ...v, value: text(v?.value) }).toEqual({
      value: "žluť",
      writetime: 1_700_000_000_123_457n,
      ttl: undefined,
    });
    expect({ ...b, ttl: 0 }).toEqual({ value: Buffer.from([0, 255]), writetime: 17n, ttl: 0 });
    expect(b?.ttl).toBeGreaterThan(8000);
    expect(b?.ttl).toBeLessThanOrEqual(9000);
    expect(n).toBeUndefined();
  });

  test("of no bytes is a value, and no null", async () => {
    const table = await cluster.table("empties", "(id int PRIMARY KEY, v text, b blob)", ["v", "b"]);
    await cluster.run("INSERT INTO ks.empties (id, v, b) VALUES (1, '', 0x)");
    const [row] = await rowsOf(cluster.source, table);
    expect(row!.cells.map((cell) => cell?.value.length)).toEqual([0, 0]);
  });

  test("dated at the very ends of time keeps its writetime", async () => {
    const table = await cluster.table("extremes", "(id int PRIMARY KEY, v text)");
    await cluster.run("UPDATE ks.extremes USING TIMESTAMP 9223372036854775807 SET v = 'x' WHERE id = 1");
    await cluster.run("UPDATE ks.extremes USING TIMESTAMP -9223372036854775807 SET v = 'x' WHERE id = 2");
    const times = (await rowsOf(cluster.source, table)).map((row) => row.cells[0]!.writetime);
    expect(times.toSorted()).toEqual([-(2n ** 63n) + 1n, 2n ** 63n - 1n].toSorted());
  });

  test("of a megabyte comes whole, and counts", async () => {
    const table = await cluster.table("large", "(id int PRIMARY KEY, b blob)", ["b"]);
    const large = Buffer.alloc(1024 * 1024, 7);
    for (let id = 0; id < 4; id += 1) {
      await cluster.run("INSERT INTO ks.large (id, b) VALUES (?, ?)", [id, large]);
    }
    const page = await cluster.source.page(
      { table, range: WHOLE_RING, cursor: undefined, maxRows: 3, consistency: LEVEL },
      GO_ON,
    );
    expect(page.rows.map((row) => large.equals(row.cells[0]!.value))).toEqual([true, true, true]);
    expect(page.bytes).toBeGreaterThanOrEqual(3 * 1024 * 1024);
    // A view of the network's buffer would keep the whole of it alive for the sake of one small key.
    expect(page.rows[0]!.key[0]!.buffer.byteLength).toBeLessThan(1024 * 1024);
  });

  test("of the label column comes beside the others", async () => {
    const table = await cluster.table(
      "labels",
      "(id int PRIMARY KEY, v text, key_version text)",
      ["v"],
      "key_version",
    );
    await cluster.run("INSERT INTO ks.labels (id, v) VALUES (1, 'x')");
    await cluster.run("INSERT INTO ks.labels (id, v, key_version) VALUES (2, 'x', 'v1') USING TIMESTAMP 77");
    const labels = new Map((await rowsOf(cluster.source, table)).map((row) => [int(row.key[0]!), row.label]));
    expect(labels.get(1)).toBeUndefined();
    expect(labels.get(2)).toEqual({ value: Buffer.from("v1"), writetime: 77n, ttl: undefined });
  });
});

describe("a page", () => {
  test("says what the server's clock showed when it was read", async () => {
    const table = await cluster.table("clocks", "(id int PRIMARY KEY, v text)");
    await cluster.run("INSERT INTO ks.clocks (id, v) VALUES (1, 'x')");
    const before = Number(
      (await cluster.first("SELECT toUnixTimestamp(now()) AS s FROM system.local"))!["s"],
    );
    const page = await anyPage(pagesOf(cluster.source, table));
    const after = Number((await cluster.first("SELECT toUnixTimestamp(now()) AS s FROM system.local"))!["s"]);
    expect(page.serverTimeMs).toBeGreaterThanOrEqual(before);
    expect(page.serverTimeMs).toBeLessThanOrEqual(after);
  });

  test("says the earliest time where the server's clock moved on from row to row", async () => {
    const table = await cluster.table("ticking", "(id int PRIMARY KEY, v text)");
    for (const id of [1, 2, 3]) await cluster.run("INSERT INTO ks.ticking (id, v) VALUES (?, 'x')", [id]);
    const execute = cluster.session.execute.bind(cluster.session);
    const times = [1005n, 1003n, 1004n];
    vi.spyOn(cluster.session, "execute").mockImplementation(async (...request) => {
      const result = await execute(...request);
      for (const row of result.rows) Object.assign(row, { s: times.shift() });
      return result;
    });
    expect((await anyPage(pagesOf(cluster.source, table))).serverTimeMs).toBe(1003);
    vi.restoreAllMocks();
  });

  test("of an empty range is empty and the last one", async () => {
    const table = await cluster.table("empty", "(id int PRIMARY KEY, v text)");
    const nothing = { rows: [], next: undefined, serverTimeMs: undefined, bytes: 0 };
    expect(await anyPage(pagesOf(cluster.source, table))).toEqual(nothing);
    await cluster.run("INSERT INTO ks.empty (id, v) VALUES (1, 'x')");
    const range = { after: WHOLE_RING.upTo, upTo: WHOLE_RING.upTo };
    expect(await anyPage(pagesOf(cluster.source, table, { range }))).toEqual(nothing);
  });

  test("holds one row for a partition with a row, and none for one with static columns only", async () => {
    const table = await cluster.table("statics", "(p int, c int, s text static, v text, PRIMARY KEY (p, c))");
    for (let p = 0; p < 10; p += 1) {
      await cluster.run(`INSERT INTO ks.statics (p, s) VALUES (${p}, 'static')`);
      if (p % 3 === 0) await cluster.run(`INSERT INTO ks.statics (p, c, v) VALUES (${p}, 1, 'x')`);
    }
    const rows = await rowsOf(cluster.source, table, { maxRows: 2 });
    expect(rows.map((row) => int(row.key[0]!)).toSorted()).toEqual([0, 3, 6, 9]);
  });

  test("ends where it was asked to, and all pages together hold every row once", async () => {
    const table = await cluster.table("many", "(id int PRIMARY KEY, v text)");
    for (let id = 0; id < 500; id += 1)
      await cluster.run("INSERT INTO ks.many (id, v) VALUES (?, 'x')", [id]);
    const found: number[] = [];
    for await (const page of pagesOf(cluster.source, table, { maxRows: 37 })) {
      expect(page.rows.length).toBeLessThanOrEqual(37);
      found.push(...page.rows.map((row) => int(row.key[0]!)));
    }
    expect(found.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, id) => id));
  });
});

test("a row that is not there is none", async () => {
  const table = await cluster.table("absent", "(id int PRIMARY KEY, v text)");
  expect(await cluster.source.row(table, [Buffer.from("00000001", "hex")], LEVEL, GO_ON)).toBeUndefined();
});

test("names that need quotes, and keys in no alphabetical order, are read as any other", async () => {
  const definition =
    '("Zone" text, "select" int, at timestamp, "a""b" text, PRIMARY KEY (("select", "Zone"), at))';
  const table = await cluster.table("OddTable", definition, ['a"b']);
  await cluster.run(`INSERT INTO ks."OddTable" ("select", "Zone", at, "a""b") VALUES (7, 'z', 5, 'x')`);
  const [row] = await rowsOf(cluster.source, table);
  expect(int(row!.key[0]!)).toBe(7);
  expect(text(row!.key[1])).toBe("z");
  expect(await cluster.source.row(table, row!.key, LEVEL, GO_ON)).toMatchObject({ row: row as object });
});

async function anyPage<Item>(pages: AsyncIterable<Item>): Promise<Item> {
  for await (const page of pages) return page;
  throw new RangeError("there is no page");
}
