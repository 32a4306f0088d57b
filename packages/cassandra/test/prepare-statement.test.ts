import { createRequire } from "node:module";
import { afterEach, expect, test, vi } from "vitest";
import { GO_ON, LEVEL, rowsOf, useReal } from "./real-cluster.ts";

/** The driver's connections: what they send says whether a request waits for a PREPARE. */
const Connection = createRequire(import.meta.url)("cassandra-driver/lib/connection.js");

const cluster = useReal();
afterEach(() => {
  vi.restoreAllMocks();
});

test("a request that was made ready sends nothing but itself, as mutations and as a compare-and-set", async () => {
  const table = await cluster.table("ready", "(id int PRIMARY KEY, a text, b text)", ["a", "b"]);
  await cluster.run("INSERT INTO ks.ready (id, a, b) VALUES (1, 'a', 'b')");
  const [row] = await rowsOf(cluster.source, table);
  const { token, key } = row!;
  const cell = (column: string, timestamp: bigint) => ({
    column,
    value: Buffer.from("n"),
    timestamp,
    ttl: 900,
  });
  const mutations = [
    { token, key, cells: [cell("a", 2n ** 52n)] },
    { token, key, cells: [cell("a", 2n ** 52n), cell("b", 2n ** 52n + 1n)] },
  ];
  const conditional = [{ column: "b", value: Buffer.from("m"), expected: Buffer.from("n"), ttl: 900 }];
  const sent = vi.spyOn(Connection.prototype, "sendStream");
  const prepares = () =>
    sent.mock.calls
      .map(([request]) => request as { readonly query: string })
      .filter(({ constructor: { name } }) => name === "PrepareRequest")
      .map(({ query }) => query);

  await cluster.sink.prepare!(table, { mutations }, GO_ON);
  await cluster.sink.prepare!(table, { key, conditional }, GO_ON);
  // Setting a, setting b, and the transaction.
  expect(new Set(prepares()).size).toBe(3);
  sent.mockClear();
  await cluster.sink.prepare!(table, { mutations }, GO_ON);
  await cluster.sink.send(table, mutations, LEVEL, GO_ON);
  expect(await cluster.sink.compareAndSet(table, key, conditional, LEVEL, GO_ON)).toBe("applied");
  expect(prepares()).toEqual([]);
});

test("a statement that cannot be prepared is refused as it would be when it is executed", async () => {
  await expect(cluster.session.prepare("SELECT * FROM no_such_keyspace.t", GO_ON)).rejects.toMatchObject({
    code: "CLUSTER.INVALID_QUERY",
  });
  const aborted = AbortSignal.abort(new Error("over"));
  await expect(cluster.session.prepare("SELECT * FROM system.local", aborted)).rejects.toThrow("over");
});
