import { type NewJob, ZERO_TOTALS } from "@cassandra-rekey/core";
import { beforeAll, expect, it } from "vitest";
import { Ledger } from "../src/ledger.ts";
import { FORMAT } from "../src/schema.ts";
import { StateSession } from "../src/state-session.ts";
import { jobOf, never, openStore, random, sessionWith, systemClock, useStateCluster } from "./fixture.ts";

const db = useStateCluster();
beforeAll(async () => {
  await openStore(db.session, db.keyspace).init(never);
});

it("a plan that is stored again as it is leaves alone what is at work already", async () => {
  const store = openStore(db.session, db.keyspace);
  const job = jobOf(3);
  const [table] = job.tables;
  await store.createJob(job, never);
  const claim = await store.claim(job.id, "w1", 60_000, never);
  if (claim.kind !== "chunk") throw claim;
  await store.finish(claim.lease, { seq: 1, cursor: undefined, totals: ZERO_TOTALS }, never);

  // Another process that came to the same sweep, and had not seen it stored.
  const levels = { consistency: "LOCAL_QUORUM", serialConsistency: "LOCAL_SERIAL" };
  const ledger = new Ledger(
    new StateSession(db.session, db.keyspace, levels, { clock: systemClock(), random }),
  );
  const create = (ranges = table!.ranges) =>
    ledger.create(job.id, "t", ranges, FORMAT, Date.now() + 60_000, never);
  await create();
  const statuses = async () => (await ledger.read(job.id, "t", never)).map(({ status }) => status).sort();
  expect(await statuses()).toEqual(["DONE", "PENDING", "PENDING"]);

  // What an unfinished plan of other ranges left is replaced.
  await create(jobOf(2).tables[0]!.ranges);
  expect(await statuses()).toEqual(["PENDING", "PENDING"]);
});

it("a plan that is half stored loses nothing to another process that comes to it and is killed", async () => {
  const job = jobOf(120);
  const half = Promise.withResolvers<void>();
  const rest = Promise.withResolvers<void>();
  let batches = 0;
  const slow = sessionWith(db.session, {
    async batch(...call) {
      batches += 1;
      if (batches === 2) {
        half.resolve();
        await rest.promise;
      }
      return db.session.batch(...call);
    },
  });
  const planning = openStore(slow, db.keyspace).createJob(job, never);
  await half.promise;
  const killed = sessionWith(db.session, {
    batch: () => Promise.reject(new DOMException("killed", "AbortError")),
  });
  await expect(openStore(killed, db.keyspace).createJob(job, never)).rejects.toThrow("killed");
  rest.resolve();
  await planning;
  expect(await openStore(db.session, db.keyspace).progress(job.id, never)).toMatchObject([
    { chunks: { pending: 120 } },
  ]);
});

it("a plan with other chunks that comes too late takes nothing from the job that was planned meanwhile", async () => {
  const job = jobOf(3);
  const store = openStore(db.session, db.keyspace);
  let isPlanned = false;
  const late = sessionWith(db.session, {
    async rows(...call) {
      if (/FROM \S*rekey_chunks/.test(call[0]) && !isPlanned) {
        isPlanned = true;
        await store.createJob(job, never);
      }
      return db.session.rows(...call);
    },
  });
  const another = openStore(late, db.keyspace).createJob({ ...jobOf(5), id: job.id }, never);
  await expect(another).rejects.toMatchObject({ code: "JOB.STATE" });
  expect(await store.progress(job.id, never)).toMatchObject([{ chunks: { pending: 3 } }]);
});

it("a job is not planned over the leases of another one, whose other rows somebody deleted", async () => {
  const store = openStore(db.session, db.keyspace);
  const job = jobOf(120);
  await store.createJob(job, never);
  const claim = await store.claim(job.id, "w1", 60_000, never);
  if (claim.kind !== "chunk") throw claim;
  await store.finish(claim.lease, { seq: 1, cursor: undefined, totals: ZERO_TOTALS }, never);
  for (const [table, key] of [
    ["rekey_jobs", ""],
    ["rekey_chunks", " AND table_name = 't'"],
  ])
    await db.session.execute(`DELETE FROM ${db.keyspace}.${table} WHERE job_id = ${job.id}${key}`, [], {
      prepare: false,
    });

  // That chunk's lease says that it is done: it would never be read, and the job be done without it.
  await expect(store.createJob(job, never)).rejects.toMatchObject({
    code: "STATE.CORRUPT",
    message: expect.stringContaining("rekey_leases"),
  });
  expect(await store.job(job.id, never)).toBeUndefined();
});

it("leases are not looked for under an id that was drawn, which can have none", async () => {
  const read: string[] = [];
  const session = new Proxy(db.session, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (property === "rows") read.push(String(args[0]));
        return value.apply(target, args);
      };
    },
  });
  const looks = async (job: NewJob) => {
    read.length = 0;
    await openStore(session, db.keyspace).createJob(job, never);
    return read.filter((cql) => cql.startsWith("SELECT") && cql.includes("rekey_leases")).length;
  };
  expect(await looks(jobOf(3))).toBe(3);
  expect(await looks({ ...jobOf(3), drawn: true })).toBe(0);
});
