import { type ClusterSession, openCluster } from "@cassandra-rekey/cassandra";
import type { Clock, Throttle } from "@cassandra-rekey/core";
import {
  connectClient,
  dropKeyspaces,
  freshKeyspace,
  isCassandra,
  sharedCassandra,
  useOpened,
} from "@cassandra-rekey/local-cassandra/shared";
import { throttleContext } from "@cassandra-rekey/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { healthOptions } from "../src/health-options.ts";
import plugin from "../src/index.ts";
import { latencyFactor } from "../src/latency-unit.ts";
import { loadOptions } from "../src/load-options.ts";

const clock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  // The first look is what these tests are about.
  sleep: (_, signal) =>
    new Promise((_, reject) =>
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true }),
    ),
  timeout: (ms) => AbortSignal.timeout(ms),
};
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const { signal } = new AbortController();
const db = useOpened({ beforeAll, afterAll }, async (stack) => {
  const { version, contactPoints, port, localDc } = await sharedCassandra();
  const session = stack.use(
    await openCluster({ contactPoints, port, localDc, requestTimeoutMs: 20_000 }, { clock, logger }),
  );
  const keyspace = await freshKeyspace(session.client);
  stack.defer(() => dropKeyspaces(session.client, keyspace));
  await session.execute(
    `CREATE TABLE ${keyspace}.t (id int, entry int, v text, PRIMARY KEY (id, entry))`,
    [],
    { prepare: false },
  );
  return { session, keyspace, hasHints: isCassandra(version, "4.1") };
});

function open(options: object, by: ClusterSession = db.session): Promise<Throttle> {
  const context = throttleContext(clock, {
    cluster: async () => by,
    job: { id: "j", tables: [{ keyspace: db.keyspace, name: "t" }] },
  });
  return plugin.throttles!["cluster-load"]!.create(loadOptions.parse(options), context);
}

test("the unit of latencies is found: this version shows them 1,000 times too low", async () => {
  const [host] = db.session.hosts();
  expect(await latencyFactor(db.session, host!.address, clock, signal)).toBe(
    host!.version.startsWith("4.0") ? 1 : 1000,
  );
});

test("all that a node keeps account of can be read, and a calm one has no limit", async () => {
  const calm = {
    read_p99_ms: 1e6,
    write_p99_ms: 1e6,
    compactions: 1000,
    pending_tasks: 10_000,
    ...(db.hasHints && { hints: 1000 }),
  };
  await using throttle = await open(calm);
  expect(throttle.limit()).toEqual({});
});

test("slow reads of the job's own table give the node a budget, with the reading in milliseconds", async () => {
  const [host] = db.session.hosts();
  // Where latencies are shown 1,000 times too low, nothing is seen of reads that take less than a millisecond.
  const query = `INSERT INTO ${db.keyspace}.t (id, entry, v) VALUES (1, ?, 'some text')`;
  for (let entry = 0; entry < 5_000; entry += 200) {
    const statements = Array.from({ length: 200 }, (_, index) => ({ query, params: [entry + index] }));
    await db.session.batch(statements, { logged: false });
  }
  const waitedMs: number[] = [];
  const reason = async () => {
    for (let read = 0; read < 20; read += 1) {
      const startedMs = performance.now();
      const { rowLength } = await db.session.execute(`SELECT v FROM ${db.keyspace}.t WHERE id = 1`, [], {
        fetchSize: 5_000,
      });
      expect(rowLength).toBe(5_000);
      waitedMs.push(performance.now() - startedMs);
    }
    await using throttle = await open({ read_p99_ms: 0.01, pending_tasks: 100_000 });
    const limit = throttle.limit();
    expect(limit.perHost ?? new Map([[host!.address, 16]])).toEqual(new Map([[host!.address, 16]]));
    return limit.reason;
  };
  let told: string | undefined;
  for (let round = 0; round < 20 && told === undefined; round += 1) told = await reason();
  const ms = Number(/read p99 ([\d.]+) ms > 0\.01 ms/.exec(told ?? "")?.[1]);
  // In seconds or microseconds it would be a thousand times less or more.
  const usuallyMs = waitedMs.toSorted((a, b) => a - b)[waitedMs.length / 2]!;
  expect(ms).toBeGreaterThan(usuallyMs / 100);
  expect(ms).toBeLessThan(usuallyMs * 1000);
});

test("a role without the right to system_views is told what to grant", async () => {
  const address = await sharedCassandra("secured");
  const { contactPoints, port, localDc } = address;
  const superuser = await connectClient(address);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => superuser.shutdown());
  const role = db.keyspace;
  await superuser.execute(`CREATE ROLE ${role} WITH LOGIN = true AND PASSWORD = 'pw'`);
  stack.defer(() => superuser.execute(`DROP ROLE ${role}`).then(() => {}));
  const poor = stack.use(
    await openCluster(
      { contactPoints, port, localDc, requestTimeoutMs: 20_000, username: role, password: "pw" },
      { clock, logger },
    ),
  );
  await expect(open({}, poor)).rejects.toMatchObject({
    code: "CLUSTER.UNAUTHORIZED",
    message: expect.stringContaining("system_views"),
    hint: expect.stringContaining("GRANT SELECT ON KEYSPACE system_views"),
  });
  const tables =
    "thread_pools sstable_tasks coordinator_read_latency coordinator_write_latency coordinator_scan_latency";
  // Cassandra 4.0 knows the tables, but not their keyspace.
  const granted = isCassandra(address.version, "4.1")
    ? ["KEYSPACE system_views"]
    : tables.split(" ").map((table) => `system_views.${table}`);
  for (const resource of granted) await superuser.execute(`GRANT SELECT ON ${resource} TO ${role}`);
  await using throttle = await open({}, poor);
  expect(throttle.limit().pause).toBeUndefined();
});

test("how a cluster is can be read, and one that is whole and quiet holds nothing", async () => {
  const context = throttleContext(clock, {
    cluster: async () => db.session,
    job: { id: "j", tables: [{ keyspace: db.keyspace, name: "t" }] },
  });
  const options = healthOptions.parse(db.hasHints ? {} : { hold_on: ["node-down"] });
  await using throttle = await plugin.throttles!["cluster-health"]!.create(options, context);
  expect(throttle.limit()).toEqual({});
});
