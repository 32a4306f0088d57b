import { needsCassandra } from "@cassandra-rekey/local-cassandra/shared";
import { beforeAll, describe, expect, test } from "vitest";
import { GO_ON, LEVEL, rowsOf, useReal } from "./real-cluster.ts";

const cluster = useReal();
beforeAll(async () => {
  await cluster.run("CREATE TYPE ks.place (street text, number int)");
});

/** Keys as CQL literals. What a partition key cannot be is only ever a clustering key. */
const KEYS: readonly { type: string; both: readonly string[]; clusteringOnly?: readonly string[] }[] = [
  { type: "ascii", both: ["'a'", "'~'"], clusteringOnly: ["''"] },
  { type: "bigint", both: ["-9223372036854775808", "9223372036854775807"] },
  { type: "blob", both: ["0x00", "0xff00ff"], clusteringOnly: ["0x"] },
  { type: "boolean", both: ["true", "false"] },
  { type: "date", both: ["'1969-12-31'", "'2024-02-29'", "'-5877641-06-23'"] },
  { type: "decimal", both: ["1.00", "-0.001", `${"9".repeat(40)}.5`] },
  { type: "double", both: ["-0.0", "NaN", "Infinity", "1.1"] },
  { type: "float", both: ["-1.5", "NaN"] },
  { type: "inet", both: ["'127.0.0.1'", "'2001:db8::1'"] },
  { type: "int", both: ["-2147483648", "2147483647"] },
  { type: "smallint", both: ["-32768"] },
  { type: "text", both: ["'žluťoučký \u{1f40e}'", "'  '"], clusteringOnly: ["''"] },
  { type: "time", both: ["'23:59:59.999999999'"] },
  { type: "timestamp", both: ["-1", "9223372036854775807"] },
  { type: "timeuuid", both: ["5b6962dd-3f90-11ee-8f61-eabfa4a803e2"] },
  { type: "tinyint", both: ["-128"] },
  { type: "uuid", both: ["5b6962dd-3f90-4c93-8f61-eabfa4a803e2"] },
  { type: "varint", both: ["0", "-1", "128", "123456789012345678901234567890"] },
  { type: "tuple<int, text>", both: ["(1, 'x')", "(null, '')", "(-1, null)"] },
  { type: "frozen<place>", both: ["{street: 'x', number: 1}", "{number: -1}", "{street: ''}"] },
  { type: "frozen<list<text>>", both: ["['b', 'a', '']", "[]"] },
  { type: "frozen<set<int>>", both: ["{3, -1, 2}", "{}"] },
  { type: "frozen<map<int, text>>", both: ["{-1: 'a', 2: 'b', -5: 'c', 10: ''}", "{}"] },
  {
    type: "frozen<map<uuid, bigint>>",
    both: ["{5b6962dd-3f90-4c93-8f61-eabfa4a803e2: 9223372036854775807}"],
  },
  { type: "frozen<list<frozen<list<int>>>>", both: ["[[], [1, 2]]"] },
];

describe.each(KEYS)("$type as a key", ({ type, both, clusteringOnly = [] }) => {
  test("every row is read once, found again by its bytes, and written in place", async () => {
    const name = `keys_${KEYS.findIndex((entry) => entry.type === type)}`;
    const table = await cluster.table(name, `(p ${type}, c ${type}, v text, PRIMARY KEY (p, c))`);
    for (const p of both) {
      for (const c of [...both, ...clusteringOnly]) {
        await cluster.run(`INSERT INTO ks.${name} (p, c, v) VALUES (${p}, ${c}, 'old') USING TIMESTAMP 1000`);
      }
    }
    const count = both.length * (both.length + clusteringOnly.length);
    const rows = await rowsOf(cluster.source, table, { maxRows: 3 });
    expect(rows).toHaveLength(count);
    expect(
      new Set(rows.map((row) => row.key.map((part) => Buffer.from(part).toString("hex")).join("/"))).size,
    ).toBe(count);

    for (const row of rows) {
      const again = await cluster.source.row(table, row.key, LEVEL, GO_ON);
      expect(again?.row).toEqual(row);
      const cells = [{ column: "v", value: Buffer.from("new"), timestamp: 1001n, ttl: 0 }];
      await cluster.sink.send(table, [{ token: row.token, key: row.key, cells }], LEVEL, GO_ON);
    }
    const after = await rowsOf(cluster.source, table);
    expect(after).toHaveLength(count);
    expect(after.map((row) => String(row.cells[0]?.value))).toEqual(Array(count).fill("new"));
  });
});

test("a type that got a field after the row was written still gives the row's own bytes", async () => {
  await cluster.run("CREATE TYPE ks.grown (a int)");
  const table = await cluster.table("grown_keys", "(p int, c frozen<grown>, v text, PRIMARY KEY (p, c))");
  await cluster.run("INSERT INTO ks.grown_keys (p, c, v) VALUES (1, {a: 5}, 'old')");
  await cluster.run("ALTER TYPE ks.grown ADD b text");
  await cluster.run("INSERT INTO ks.grown_keys (p, c, v) VALUES (1, {a: 6, b: 'x'}, 'old')");
  const rows = await rowsOf(cluster.source, table);
  expect(rows.map((row) => Buffer.from(row.key[1]!).toString("hex"))).toEqual([
    "0000000400000005",
    "00000004000000060000000178",
  ]);
  for (const row of rows) expect((await cluster.source.row(table, row.key, LEVEL, GO_ON))?.row).toEqual(row);
});

test("keys that would not survive decoding and encoding come as they are stored", async () => {
  const table = await cluster.table("padded", "(p tuple<varint>, v text, PRIMARY KEY (p))");
  // A varint with a byte more than it needs.
  await cluster.run("INSERT INTO ks.padded (p, v) VALUES (?, 'x')", [Buffer.from("000000020001", "hex")]);
  const [row] = await rowsOf(cluster.source, table);
  expect(Buffer.from(row!.key[0]!).toString("hex")).toBe("000000020001");
  expect((await cluster.source.row(table, row!.key, LEVEL, GO_ON))?.row).toEqual(row);
});

test("a tuple of no bytes at all is a key like any other", async () => {
  const table = await cluster.table(
    "thin",
    "(p int, c tuple<int>, v text, s text STATIC, PRIMARY KEY (p, c))",
  );
  await cluster.run("INSERT INTO ks.thin (p, c, v) VALUES (1, ?, 'x')", [Buffer.alloc(0)]);
  await cluster.run("UPDATE ks.thin SET s = 'x' WHERE p = 2");
  const rows = await rowsOf(cluster.source, table);
  expect(rows.map(({ key, cells }) => [key[1]!.length, String(cells[0]!.value)])).toEqual([[0, "x"]]);
});

test("a vector may be a key as well", async (context) => {
  needsCassandra("5.0", cluster, context);
  const table = await cluster.table("vectors", "(p vector<float, 2>, c int, v text, PRIMARY KEY (p, c))");
  await cluster.run("INSERT INTO ks.vectors (p, c, v) VALUES ([1.5, -2], 1, 'old')");
  const [row] = await rowsOf(cluster.source, table);
  expect((await cluster.source.row(table, row!.key, LEVEL, GO_ON))?.row).toEqual(row);
});
