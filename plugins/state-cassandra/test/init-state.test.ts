import { randomUUID } from "node:crypto";
import type { ClusterSession } from "@cassandra-rekey/cassandra";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { never, newKeyspace, openSession, openStore } from "./fixture.ts";
import { pythonJob, pythonKeyspace, pythonView } from "./python-keyspace.ts";

let session: ClusterSession;
beforeAll(async () => {
  session = await openSession();
});
afterAll(() => session?.[Symbol.asyncDispose]());

async function replicationOf(keyspace: string): Promise<Readonly<Record<string, string>>> {
  const [row] = await session.rows(
    "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ?",
    [keyspace],
  );
  return row?.get("replication");
}

describe("a keyspace of the Python tool", () => {
  it("is brought up to date in place, and goes on serving the Python tool", async () => {
    const keyspace = await pythonKeyspace(session);
    const jobId = await pythonJob(session, keyspace, {
      status: "RUNNING",
      chunks: [{ status: "DONE", rows: 7 }, { status: "RUNNING" }, { status: "PENDING" }],
    });
    const before = await pythonView(session, keyspace, jobId);
    const store = openStore(session, keyspace);
    const { changes } = await store.init(never);
    expect(changes).toContain(`added column job_state to ${keyspace}.rekey_jobs`);
    expect(changes).toContain(`created table ${keyspace}.rekey_leases`);
    expect(changes.filter((line) => line.includes("created table"))).toHaveLength(4);
    expect((await store.init(never)).changes).toEqual([]);

    expect(await pythonView(session, keyspace, jobId)).toEqual(before);
    expect(await store.job(jobId, never)).toMatchObject({
      kind: "rekey",
      state: "running",
      origin: "python",
      tables: [{ id: "t", chunks: 3, pythonFingerprint: "f00d", keyspace: undefined }],
    });
    expect(await store.progress(jobId, never)).toMatchObject([
      {
        chunks: { pending: 1, running: 1, done: 1, failed: 0 },
        totals: { scanned: 7, rekeyed: 7, cellsRekeyed: 0 },
      },
    ]);
    // All its statements work as before.
    const another = await pythonJob(session, keyspace, {
      status: "RUNNING",
      chunks: [{ status: "DONE", rows: 1 }],
    });
    expect(await pythonView(session, keyspace, another)).toEqual({ job: "RUNNING", chunks: ["DONE 1"] });
  });

  it("may be one from before the fingerprint", async () => {
    const keyspace = await pythonKeyspace(session);
    await session.execute(`ALTER TABLE ${keyspace}.rekey_jobs DROP schema_fingerprint`, [], {
      prepare: false,
    });
    const { changes } = await openStore(session, keyspace).init(never);
    expect(changes).toContain(`added column schema_fingerprint to ${keyspace}.rekey_jobs`);
  });

  it("may be brought up to date by two at once", async () => {
    const keyspace = await pythonKeyspace(session);
    const stores = [openStore(session, keyspace), openStore(session, keyspace)];
    await Promise.all(stores.map((store) => store.init(never)));
    expect((await stores[0]!.init(never)).changes).toEqual([]);
  });
});

describe("a new keyspace", () => {
  const name = () => `rekeytest_${randomUUID().replaceAll("-", "")}`;

  it("is replicated as far as the cluster has nodes", async () => {
    const keyspace = name();
    const { changes } = await openStore(session, keyspace).init(never);
    expect(changes[0]).toMatch(new RegExp(`^created keyspace ${keyspace} with `));
    const hosts = session.hosts().filter((host) => host.dataCenter === session.localDc);
    expect(await replicationOf(keyspace)).toMatchObject({
      [session.localDc]: String(Math.min(3, hosts.length)),
    });
    await session.execute(`DROP KEYSPACE ${keyspace}`, [], { prepare: false });
  });

  it("is replicated as configured", async () => {
    const keyspace = name();
    await openStore(session, keyspace, { replication: { [session.localDc]: 4 } }).init(never);
    expect(await replicationOf(keyspace)).toMatchObject({ [session.localDc]: "4" });
    await session.execute(`DROP KEYSPACE ${keyspace}`, [], { prepare: false });
  });

  it("keeps a keyspace that is there as it is", async () => {
    const keyspace = await newKeyspace();
    const before = await replicationOf(keyspace);
    await openStore(session, keyspace, { replication: { [session.localDc]: 3 } }).init(never);
    expect(await replicationOf(keyspace)).toEqual(before);
  });
});
