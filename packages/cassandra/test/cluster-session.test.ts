import { sharedCassandra } from "@cassandra-rekey/local-cassandra/shared";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { type ClusterSession, clusterOf } from "../src/cluster-session.ts";
import { isUnknownOutcome } from "../src/driver-errors.ts";
import { openCluster } from "../src/open-cluster.ts";
import { FaultyProxy } from "./faulty-proxy.ts";
import { dependencies, settingsOf, useReal } from "./real-cluster.ts";

const cluster = useReal();
let session: ClusterSession;
beforeAll(async () => {
  session = cluster.session;
  await cluster.run("CREATE TABLE ks.t (id int PRIMARY KEY, v text)");
});

const SELECT_LOCAL = "SELECT key FROM system.local";

test("without a local data centre that of the contact point is found", async () => {
  const { localDc, ...settings } = await settingsOf(await sharedCassandra());
  await using found = await openCluster(settings, dependencies);
  expect(found.localDc).toBe(localDc);
});

test("nodes are known by address, place and version", () => {
  const [host] = session.hosts();
  expect(host).toEqual({
    address: expect.stringMatching(/.:\d+$/),
    dataCenter: session.localDc,
    rack: expect.any(String),
    version: expect.stringMatching(/^\d+\.\d+/),
    up: true,
  });
  expect(session.majorVersion).toBe(Number(host!.version.split(".")[0]));
});

test("a node of which system.peers does not say the version is no old one", () => {
  const host = (cassandraVersion: string | null) => {
    const place = cassandraVersion === null ? null : "here";
    return { address: "n:1", datacenter: place, rack: place, cassandraVersion, isUp: () => true };
  };
  const values = vi.spyOn(session.client.hosts, "values");
  const see = (...versions: (string | null)[]) => values.mockReturnValue(versions.map(host) as never);
  try {
    see(null, "5.1.0", "5.0.9");
    expect(session.majorVersion).toBe(5);
    see(null);
    expect(session.majorVersion).toBe(0);
    expect(session.hosts()).toEqual([{ address: "n:1", dataCenter: "", rack: "", version: "", up: true }]);
  } finally {
    values.mockRestore();
  }
});

test("the replicas of a token are known, also in a keyspace that is new", () => {
  const addresses = session.hosts().map((host) => host.address);
  for (const token of [-(2n ** 63n) + 1n, 0n, 2n ** 63n - 1n]) {
    expect(addresses).toContain(session.ring.replicaSet(cluster.keyspace, token));
  }
  // Without it the driver would take the first replica for the only one.
  expect(session.client.metadata.keyspaces[cluster.keyspace]).toMatchObject({
    strategy: expect.stringContaining("NetworkTopologyStrategy"),
    strategyOptions: { [session.localDc]: "1" },
  });
});

test("all pages of a statement are read", async () => {
  for (let id = 0; id < 25; id += 1) await cluster.run("INSERT INTO ks.t (id, v) VALUES (?, 'x')", [id]);
  expect(await session.rows(`SELECT id FROM ${cluster.keyspace}.t`, [], { fetchSize: 4 })).toHaveLength(25);
});

test("a logged batch is applied whole", async () => {
  const insert = `INSERT INTO ${cluster.keyspace}.t (id, v) VALUES (?, ?)`;
  const statements = [101, 102].map((id) => ({ query: insert, params: [id, "batch"] }));
  await session.batch(statements, { logged: true });
  const rows = await session.rows(`SELECT v FROM ${cluster.keyspace}.t WHERE id IN (101, 102)`);
  expect(rows.map((row) => row.get("v"))).toEqual(["batch", "batch"]);
});

test("one node can be asked by address, and one that is not there is not asked", async () => {
  const [host] = session.hosts();
  const answer = await session.execute(SELECT_LOCAL, [], { host: host!.address });
  expect(answer.info.queriedHost).toBe(host!.address);
  await expect(session.execute(SELECT_LOCAL, [], { host: "127.0.0.9:9042" })).rejects.toMatchObject({
    code: "CLUSTER.UNREACHABLE",
    message: expect.stringContaining("127.0.0.9:9042"),
  });
});

test("a refusal names the statement's kind and table, and no value", async () => {
  const insert = `INSERT INTO ${cluster.keyspace}.t (id, v) VALUES (?, ?)`;
  const error = await session.execute(insert, ["secret-key", "secret-value"]).catch((reason) => reason);
  expect(error.code).toBe("INTERNAL.INVARIANT");
  expect(error.message).toContain(`INSERT on ${cluster.keyspace}.t`);
  expect(`${error.stack} ${error.cause}`).not.toContain("secret");
  await expect(session.execute("SELECT x FROM nowhere.t")).rejects.toMatchObject({
    code: "CLUSTER.INVALID_QUERY",
    message: expect.stringContaining("SELECT on nowhere.t: "),
  });
});

describe("an abort", () => {
  test("before a request means that it is not sent", async () => {
    const aborted = AbortSignal.abort(new DOMException("stop", "AbortError"));
    const execute = vi.spyOn(session.client, "execute");
    const batch = vi.spyOn(session.client, "batch");
    const write = `UPDATE ${cluster.keyspace}.t SET v = 'aborted' WHERE id = 7`;
    await expect(session.execute(write, [], { signal: aborted })).rejects.toBe(aborted.reason);
    const statements = [{ query: write, params: [] }];
    await expect(session.batch(statements, { logged: false, signal: aborted })).rejects.toBe(aborted.reason);
    expect(execute).not.toHaveBeenCalled();
    expect(batch).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  test("during a request ends the wait at once, with the reason given", async () => {
    await using proxied = await throughProxy();
    proxied.proxy.fallSilent();
    const abort = new AbortController();
    const waiting = proxied.session.execute(SELECT_LOCAL, [], { signal: abort.signal });
    const reason = new DOMException("the lease is lost", "AbortError");
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  test("after the answer changes nothing", async () => {
    const abort = new AbortController();
    const answer = await session.execute(SELECT_LOCAL, [], { signal: abort.signal });
    abort.abort();
    expect(answer.rowLength).toBe(1);
  });
});

describe("a node that stops answering", () => {
  test("is a time-out, of which the request's own limit decides", async () => {
    await using proxied = await throughProxy();
    await proxied.session.execute(SELECT_LOCAL);
    proxied.proxy.fallSilent();
    const error = await proxied.session
      .execute(SELECT_LOCAL, [], { timeoutMs: 50 })
      .catch((reason) => reason);
    expect(error).toMatchObject({ code: "CLUSTER.TIMEOUT", retryable: true });
    expect(isUnknownOutcome(error)).toBe(true);
  });

  test("and hangs up leaves the outcome unknown", async () => {
    await using proxied = await throughProxy();
    const write = (id: number) => {
      const cql = `INSERT INTO ${cluster.keyspace}.t (id, v) VALUES (?, 'x') IF NOT EXISTS`;
      return proxied.session.execute(cql, [id]);
    };
    await write(901);
    proxied.proxy.fallSilent();
    const writing = write(902).catch((reason) => reason);
    const landed = () => session.rows(`SELECT id FROM ${cluster.keyspace}.t WHERE id = 902`);
    await expect.poll(landed).toHaveLength(1);
    proxied.proxy.hangUp();
    const error = await writing;
    expect(error).toMatchObject({ code: "CLUSTER.UNREACHABLE", retryable: true });
    expect(isUnknownOutcome(error)).toBe(true);
  });
});

test("a plugin is given the session that the engine opened, and nothing else", async () => {
  expect(await clusterOf({ cluster: async () => session })).toBe(session);
  await expect(clusterOf({ cluster: async () => ({}) })).rejects.toMatchObject({
    code: "INTERNAL.INVARIANT",
  });
});

async function throughProxy(): Promise<AsyncDisposable & { proxy: FaultyProxy; session: ClusterSession }> {
  const { contactPoints, port, ...settings } = await settingsOf(await sharedCassandra());
  const proxy = await FaultyProxy.before({ host: contactPoints[0]!, port });
  const proxied = await openCluster(
    { ...settings, contactPoints: ["127.0.0.1"], port: proxy.port },
    dependencies,
  );
  return {
    proxy,
    session: proxied,
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await proxied[Symbol.asyncDispose]();
    },
  };
}
