import { describe, expect, it } from "vitest";
import { jobOf, never, openStore, sessionWith, useStateCluster } from "./fixture.ts";
import { pythonJob, pythonKeyspace, pythonView } from "./python-keyspace.ts";

const db = useStateCluster();

async function replicationOf(keyspace: string): Promise<Readonly<Record<string, string>>> {
  const [row] = await db.session.rows(
    "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ?",
    [keyspace],
  );
  return row?.get("replication");
}

describe("a keyspace of the Python tool", () => {
  it("is brought up to date in place, and goes on serving the Python tool", async () => {
    const keyspace = await pythonKeyspace(db.session, await db.another());
    const jobId = await pythonJob(db.session, keyspace, {
      status: "RUNNING",
      chunks: [{ status: "DONE", rows: 7 }, { status: "RUNNING" }, { status: "PENDING" }],
    });
    const before = await pythonView(db.session, keyspace, jobId);
    const store = openStore(db.session, keyspace);
    const { changes } = await store.init(never);
    expect(changes).toContain(`added column job_state to ${keyspace}.rekey_jobs`);
    expect(changes).toContain(`created table ${keyspace}.rekey_leases`);
    expect(changes.filter((line) => line.includes("created table"))).toHaveLength(5);
    expect((await store.init(never)).changes).toEqual([]);

    expect(await pythonView(db.session, keyspace, jobId)).toEqual(before);
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
    const another = await pythonJob(db.session, keyspace, {
      status: "RUNNING",
      chunks: [{ status: "DONE", rows: 1 }],
    });
    expect(await pythonView(db.session, keyspace, another)).toEqual({ job: "RUNNING", chunks: ["DONE 1"] });
  });

  it("may be one from before the fingerprint", async () => {
    const keyspace = await pythonKeyspace(db.session, await db.another());
    await db.session.execute(`ALTER TABLE ${keyspace}.rekey_jobs DROP schema_fingerprint`, [], {
      prepare: false,
    });
    const { changes } = await openStore(db.session, keyspace).init(never);
    expect(changes).toContain(`added column schema_fingerprint to ${keyspace}.rekey_jobs`);
  });

  it("may be brought up to date by two at once", async () => {
    const keyspace = await pythonKeyspace(db.session, await db.another());
    const stores = [openStore(db.session, keyspace), openStore(db.session, keyspace)];
    await Promise.all(stores.map((store) => store.init(never)));
    expect((await stores[0]!.init(never)).changes).toEqual([]);
  });
});

describe("a new keyspace", () => {
  it("is replicated as far as the cluster has nodes", async () => {
    const keyspace = `${db.keyspace}_wide`;
    const { changes } = await openStore(db.session, keyspace).init(never);
    expect(changes[0]).toMatch(new RegExp(`^created keyspace ${keyspace} with `));
    const hosts = db.session.hosts().filter((host) => host.dataCenter === db.session.localDc);
    expect(await replicationOf(keyspace)).toMatchObject({
      [db.session.localDc]: String(Math.min(3, hosts.length)),
    });
  });

  it("counts no node of which it is not known where it is", async () => {
    const keyspace = `${db.keyspace}_joining`;
    const joining = { ...db.session.hosts()[0]!, address: "n:1", dataCenter: "" };
    const session = sessionWith(db.session, { hosts: () => [...db.session.hosts(), joining] });
    await openStore(session, keyspace).init(never);
    expect(Object.keys(await replicationOf(keyspace))).not.toContain("");
  });

  it("is replicated as configured", async () => {
    const keyspace = `${db.keyspace}_four`;
    await openStore(db.session, keyspace, { replication: { [db.session.localDc]: 4 } }).init(never);
    expect(await replicationOf(keyspace)).toMatchObject({ [db.session.localDc]: "4" });
  });

  it("is not called made before all nodes know of it", async () => {
    const keyspace = await db.another();
    const behind = sessionWith(db.session, {
      async execute(cql, ...rest) {
        const result = await db.session.execute(cql, ...rest);
        if (cql.includes("rekey_leases")) Object.assign(result.info, { isSchemaInAgreement: false });
        return result;
      },
    });
    await expect(openStore(behind, keyspace).init(never)).rejects.toMatchObject({
      code: "STATE.UNAVAILABLE",
      message: expect.stringContaining(`created table ${keyspace}.rekey_leases`),
    });
    const { changes } = await openStore(db.session, keyspace).init(never);
    expect(changes).not.toContain(`created table ${keyspace}.rekey_leases`);
  });

  it("keeps a keyspace that is there as it is", async () => {
    const keyspace = await db.another();
    const before = await replicationOf(keyspace);
    await openStore(db.session, keyspace, { replication: { [db.session.localDc]: 3 } }).init(never);
    expect(await replicationOf(keyspace)).toEqual(before);
  });
});

it("a keyspace from before key checks is told of, and brought up to date in place", async () => {
  const keyspace = await db.another();
  const store = openStore(db.session, keyspace);
  await store.init(never);
  const job = jobOf(1);
  await store.createJob(job, never);
  await db.session.execute(`DROP TABLE ${keyspace}.rekey_key_checks`, [], { prepare: false });
  const check = { keyring: "keys", version: "v2", sealed: "c2VhbGVk", host: "a" };
  const notReady = { code: "STATE.NOT_INITIALISED" };
  await expect(store.keyChecks(job.id, never)).rejects.toMatchObject(notReady);
  await expect(store.keepKeyChecks(job.id, [check], never)).rejects.toMatchObject(notReady);
  expect((await store.init(never)).changes).toEqual([`created table ${keyspace}.rekey_key_checks`]);
  expect(await store.keyChecks(job.id, never)).toEqual([]);
  expect(await store.keepKeyChecks(job.id, [check], never)).toEqual([check]);
});
