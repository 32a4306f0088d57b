import type { Mutation, Row, TableShape } from "@cassandra-rekey/core";
import cassandra from "cassandra-driver";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { partitionToken } from "../src/partition-token.ts";
import { GO_ON, LEVEL, pagesOf, rowsOf, useReal } from "./real-cluster.ts";

const cluster = useReal();
let table: TableShape;
let rows: Row[];
beforeAll(async () => {
  table = await cluster.table("routed", "(b text, a int, c int, v text, w text, PRIMARY KEY ((b, a), c))", [
    "v",
    "w",
  ]);
  for (let n = 0; n < 30; n += 1) {
    const values = [`p${n % 10}`, n % 10, n];
    await cluster.run(
      "INSERT INTO ks.routed (b, a, c, v, w) VALUES (?, ?, ?, 'x', 'y') USING TIMESTAMP 5",
      values,
    );
  }
  rows = await rowsOf(cluster.source, table);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Watches for which tokens the driver looks up replicas: without a look-up a request goes anywhere. */
function watchReplicas(): () => bigint[] {
  const { metadata } = cluster.session.client;
  const asked = vi.spyOn(metadata, "getReplicas");
  return () =>
    asked.mock.calls.map(([keyspace, key]) => {
      expect(keyspace).toBe(cluster.keyspace);
      const routing = key as unknown;
      return routing instanceof Buffer ? partitionToken(metadata, [routing]) : BigInt(String(routing));
    });
}
const mutation = (row: Row, ...stamps: bigint[]): Mutation => ({
  token: row.token,
  key: row.key,
  cells: stamps.map((timestamp, index) => ({
    column: "vw"[index]!,
    value: Buffer.from("new"),
    timestamp,
    ttl: 0,
  })),
});

test("a page is read from a replica of the token at which it begins", async () => {
  const routed = watchReplicas();
  let completed = -(2n ** 63n);
  const expected: bigint[] = [];
  for await (const page of pagesOf(cluster.source, table, { maxRows: 4 })) {
    expected.push(completed + 1n);
    if (page.next !== undefined) completed = BigInt(JSON.parse(page.next).t);
  }
  expect(routed()).toEqual(expected);
  expect(expected.length).toBeGreaterThan(5);
});

test("a write, a batch of writes and a read of one row go to a replica of their partition", async () => {
  const [first, second] = rows.filter((row, index) => row.token !== rows[index - 1]?.token);
  const routed = watchReplicas();
  await cluster.sink.send(table, [mutation(first!, 6n)], LEVEL, GO_ON);
  await cluster.sink.send(table, [mutation(first!, 7n, 8n)], LEVEL, GO_ON);
  await cluster.sink.send(table, [mutation(second!, 6n), mutation(first!, 9n)], LEVEL, GO_ON);
  await cluster.source.row(table, second!.key, LEVEL, GO_ON);
  expect(routed()).toEqual([first!.token, first!.token, second!.token, second!.token]);
});

test("so does a compare-and-set", async () => {
  const [row] = await rowsOf(cluster.source, table);
  const routed = watchReplicas();
  const [v] = row!.cells;
  const guarded = { column: "v", value: Buffer.from("cas"), expected: v!.value, ttl: 0 };
  expect(await cluster.sink.compareAndSet(table, row!.key, [guarded], LEVEL, GO_ON)).toBe("applied");
  expect(routed()).toEqual([row!.token]);
});

test("writes of one partition or several go unlogged and prepared", async () => {
  const { client } = cluster.session;
  const batch = vi.spyOn(client, "batch");
  const execute = vi.spyOn(client, "execute");
  await cluster.sink.send(table, [mutation(rows[0]!, 20n, 21n)], LEVEL, GO_ON);
  await cluster.sink.send(table, [mutation(rows[0]!, 30n)], LEVEL, GO_ON);
  expect(batch.mock.calls[0]!.at(1)).toMatchObject({ logged: false, prepare: true });
  expect(execute.mock.calls[0]!.at(2)).toMatchObject({ prepare: true });
});

test("the driver decides nothing by itself: no retries, no second copies", () => {
  const { options } = cluster.session.client as unknown as {
    options: { policies: { retry: object; speculativeExecution: object } };
  };
  const { retry, speculativeExecution } = cassandra.policies;
  expect(options.policies.retry).toBeInstanceOf(retry.FallthroughRetryPolicy);
  expect(options.policies.speculativeExecution).toBeInstanceOf(
    speculativeExecution.NoSpeculativeExecutionPolicy,
  );
});

test("statements are prepared again after the table was altered under them", async () => {
  const before = await rowsOf(cluster.source, table);
  const last = before.at(-1)!;
  const sendTwice = async (...timestamps: bigint[]) => {
    const send = () => cluster.sink.send(table, [mutation(last, ...timestamps)], LEVEL, GO_ON);
    // A write that finds its statement forgotten is the caller's to repeat.
    await send().catch(send);
  };
  await cluster.run("ALTER TABLE ks.routed ADD unrelated text");
  expect(await rowsOf(cluster.source, table)).toEqual(before);
  await sendTwice(100n);
  await cluster.run("ALTER TABLE ks.routed DROP unrelated");
  await sendTwice(101n, 102n);
  const after = (await rowsOf(cluster.source, table)).at(-1)!;
  expect(after.cells.map((cell) => cell?.writetime)).toEqual([101n, 102n]);
});

test("who replicates a page and a write is told as the session names its hosts", async () => {
  const hosts = cluster.session.hosts().map(({ address }) => address);
  const request = {
    table,
    range: { after: -(2n ** 63n), upTo: 2n ** 63n - 1n },
    maxRows: 4,
    consistency: LEVEL,
  };
  const named = cluster.source.replicas!({ ...request, cursor: undefined });
  expect(named.length).toBeGreaterThan(0);
  expect(hosts).toEqual(expect.arrayContaining([...named]));
  const asked = vi.spyOn(cluster.session.ring, "replicas");
  const { next } = await cluster.source.page({ ...request, cursor: undefined }, GO_ON);
  expect(cluster.sink.replicas!(table, rows[0]!.token)).toEqual(named);
  cluster.source.replicas!({ ...request, cursor: next });
  const completed = BigInt(JSON.parse(next!).t);
  expect(asked.mock.calls).toEqual([
    [cluster.keyspace, rows[0]!.token],
    [cluster.keyspace, completed + 1n],
  ]);
});

test("a page of one host is asked of it alone, and counts against it", async () => {
  const { address } = cluster.session.hosts()[0]!;
  const execute = vi.spyOn(cluster.session.client, "execute");
  const range = { after: -(2n ** 63n), upTo: 2n ** 63n - 1n };
  const request = { table, range, cursor: undefined, maxRows: 10, consistency: "ONE", host: address };
  expect((await cluster.source.page(request, GO_ON)).rows).toHaveLength(10);
  const [call] = execute.mock.calls as unknown as [string, unknown, { host?: { address: string } }][];
  expect(call![2].host?.address).toBe(address);
  expect(cluster.source.replicas?.(request)).toEqual([address]);
  await expect(cluster.source.page({ ...request, host: "10.9.9.9:9042" }, GO_ON)).rejects.toMatchObject({
    code: "CLUSTER.UNREACHABLE",
  });
});
