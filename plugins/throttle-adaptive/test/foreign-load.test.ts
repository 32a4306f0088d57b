import { type ClusterSession, openCluster } from "@cassandra-rekey/cassandra";
import type { Clock } from "@cassandra-rekey/core";
import { connectClient, sharedCassandra, useOpened } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ForeignLoad } from "../src/foreign-load.ts";

const address = useOpened({ beforeAll, afterAll }, () => sharedCassandra());
const { signal } = new AbortController();
type Client = readonly [port: number, count: number, name?: string];

/** A session to nodes whose clients are what the test says. */
function scripted(localDc = "dc1", dataCenters = ["dc1", "dc1"]) {
  const clock = { now: 0, monotonicMs: () => clock.now };
  const clients: { now: readonly Client[] } = { now: [] };
  const session = {
    localDc,
    hosts: () => dataCenters.map((dataCenter, index) => ({ address: `n${index}`, dataCenter, up: true })),
    rows: async (_cql: string, _params: unknown[], { host }: { host: string }) =>
      host === "n0"
        ? clients.now.map(([port, count, name]) => ({
            address: "10.0.0.1",
            port,
            request_count: BigInt(count),
            client_options: name === undefined ? null : new Map([["APPLICATION_NAME", name]]),
          }))
        : [],
  };
  const load = new ForeignLoad(session as unknown as ClusterSession, clock);
  const look = (atMs: number, now: readonly Client[]) => {
    clock.now = atMs;
    clients.now = now;
    return load.look(signal);
  };
  return look;
}

test("it counts what other connections sent since the last look, new ones in full, and never our own", async () => {
  const look = scripted();
  const ours = (count: number): Client => [1, count, "cassandra-rekey"];
  expect(await look(0, [ours(10), [2, 1_000], [3, 50, "shop"]])).toBeUndefined();
  expect(await look(2_000, [ours(99_999), [2, 1_100], [3, 50, "shop"], [4, 40]])).toBe(70);
  // One went away, and its port came back with another connection.
  expect(
    await look(4_000, [
      [2, 30],
      [3, 50, "shop"],
    ]),
  ).toBe(0);
});

test("with another data centre nobody can tell", async () => {
  const look = scripted("dc1", ["dc1", "dc2"]);
  await look(0, []);
  expect(await look(1_000, [])).toBeUndefined();
});

test("on a real node: requests of an application are seen, those of our sessions are not", async () => {
  const { contactPoints, port, localDc } = address;
  const clock: Clock = {
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    sleep: () => Promise.reject(new RangeError("nobody sleeps here")),
    timeout: (ms) => AbortSignal.timeout(ms),
  };
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  await using session = await openCluster(
    { contactPoints, port, localDc, requestTimeoutMs: 20_000 },
    { clock, logger },
  );
  const application = await connectClient(address);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => application.shutdown());
  // Other tests use this node: only what one connection sent is compared.
  const seen: Record<string, unknown>[] = [];
  const load = new ForeignLoad(
    {
      localDc: session.localDc,
      hosts: () => session.hosts(),
      rows: async (...query) => {
        const rows = await session.rows(...query);
        seen.push(...(rows as unknown as Record<string, unknown>[]));
        return rows;
      },
    },
    clock,
  );
  const startedMs = performance.now();
  await load.look(signal);
  for (let each = 0; each < 300; each += 1) await application.execute("SELECT key FROM system.local");
  const rate = await load.look(signal);
  const seconds = (performance.now() - startedMs) / 1000;
  expect(rate! * seconds).toBeGreaterThanOrEqual(299);
  const names = seen.map((row) =>
    (row["client_options"] as ReadonlyMap<string, string>).get("APPLICATION_NAME"),
  );
  expect(names).toContain("cassandra-rekey");
});
