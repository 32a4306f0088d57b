import { ZERO_TOTALS } from "@cassandra-rekey/core";
import { beforeAll, expect, it } from "vitest";
import { jobOf, never, openStore, sessionWith, useStateCluster } from "./fixture.ts";

const db = useStateCluster();
beforeAll(async () => {
  await openStore(db.session, db.keyspace).init(never);
});

it("what a killed process said of a chunk arrives late and hides nothing, however far its clock was ahead", async () => {
  const job = jobOf(1);
  let late: (() => Promise<unknown>) | undefined;
  const killed = sessionWith(db.session, {
    rows(...call) {
      if (!/UPDATE \S*rekey_chunks/.test(call[0]) || !call[1]?.includes("DONE"))
        return db.session.rows(...call);
      late = () => db.session.rows(...call);
      throw new DOMException("killed", "AbortError");
    },
  });
  const dead = openStore(killed, db.keyspace, { aheadMs: 300_000 });
  await dead.createJob(job, never);
  const claim = await dead.claim(job.id, "w1", 60_000, never);
  if (claim.kind !== "chunk") throw claim;
  const young = { seq: 1, cursor: undefined, totals: { ...ZERO_TOTALS, young: 1 } };
  await expect(dead.finish(claim.lease, young, never)).rejects.toThrow("killed");

  const store = openStore(db.session, db.keyspace);
  expect(await store.claim(job.id, "w2", 60_000, never)).toEqual({ kind: "done" });
  expect(await store.reopenYoung(job.id, never)).toBe(1);
  await late?.();
  expect(await store.claim(job.id, "w2", 60_000, never)).toMatchObject({
    kind: "chunk",
    chunk: { visit: 1 },
  });
});

it("a chunk without errors leaves no tombstone, and the job is not read again for each claim", async () => {
  const job = jobOf(5);
  let jobs = 0;
  const ledger: unknown[] = [];
  const counting = sessionWith(db.session, {
    rows(...call) {
      if (/FROM \S*rekey_jobs/.test(call[0])) jobs += 1;
      if (/UPDATE \S*rekey_chunks/.test(call[0])) ledger.push(...(call[1] ?? []));
      return db.session.rows(...call);
    },
  });
  await openStore(db.session, db.keyspace).createJob(job, never);
  const store = openStore(counting, db.keyspace);
  for (let taken = 0; taken < 5; taken += 1) {
    const claim = await store.claim(job.id, "w1", 60_000, never);
    if (claim.kind !== "chunk") throw claim;
    await store.finish(claim.lease, { seq: 1, cursor: undefined, totals: ZERO_TOTALS }, never);
  }
  expect(jobs).toBe(1);
  expect(ledger.filter((value) => value === "DONE")).toHaveLength(5);
  // A null that is bound is one.
  expect(ledger).not.toContain(null);
});

it("chunks that wait to be visited once more are counted without a look at their leases", async () => {
  const job = jobOf(3);
  let leases = 0;
  const counting = sessionWith(db.session, {
    rows(...call) {
      if (/FROM \S*rekey_leases/.test(call[0])) leases += 1;
      return db.session.rows(...call);
    },
  });
  const store = openStore(counting, db.keyspace);
  await store.createJob(job, never);
  const young = { seq: 1, cursor: undefined, totals: { ...ZERO_TOTALS, scanned: 7, young: 1 } };
  for (let taken = 0; taken < 3; taken += 1) {
    const claim = await store.claim(job.id, "w1", 60_000, never);
    if (claim.kind !== "chunk") throw claim;
    await store.finish(claim.lease, young, never);
  }
  expect(await store.reopenYoung(job.id, never)).toBe(3);
  leases = 0;
  expect(await store.progress(job.id, never)).toMatchObject([
    { chunks: { pending: 3, done: 0 }, totals: { scanned: 21, young: 0 } },
  ]);
  expect(leases).toBe(0);
});
