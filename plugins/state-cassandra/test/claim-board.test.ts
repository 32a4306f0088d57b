import type { ClusterSession } from "@cassandra-rekey/cassandra";
import { type Claim, ZERO_TOTALS } from "@cassandra-rekey/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jobOf, never, openSession, openStore } from "./fixture.ts";
import { pythonJob, pythonKeyspace, pythonView } from "./python-keyspace.ts";

const HOUR_MS = 3_600_000;
const YOUNG = { seq: 1, cursor: undefined, totals: { ...ZERO_TOTALS, scanned: 5, young: 1 } };
let session: ClusterSession;
let keyspace: string;

beforeAll(async () => {
  session = await openSession();
  keyspace = await pythonKeyspace(session);
  await openStore(session, keyspace).init(never);
});
afterAll(() => session?.[Symbol.asyncDispose]());

function chunkOf(claim: Claim) {
  if (claim.kind !== "chunk") throw claim;
  return claim;
}

describe("chunks that the Python tool left running", () => {
  it("are its own while they are young, and taken over when they are old, by the cluster's clock", async () => {
    const id = await pythonJob(session, keyspace, {
      status: "RUNNING",
      chunks: [
        { status: "RUNNING", agoMs: 60_000 },
        { status: "RUNNING", agoMs: 700_000 },
        { status: "DONE", rows: 4 },
      ],
    });
    // Its host's clock is an hour ahead: to it, everything is old.
    const hasty = openStore(session, keyspace, { aheadMs: HOUR_MS });
    const taken = chunkOf(await hasty.claim(id, "w1", HOUR_MS, never));
    expect(taken.chunk).toMatchObject({ id: 1, cursor: undefined, attempt: 0, totals: ZERO_TOTALS });
    expect(await hasty.claim(id, "w2", HOUR_MS, never)).toMatchObject({ kind: "wait" });
    const patient = openStore(session, keyspace, { pythonStuckSeconds: 30, aheadMs: -HOUR_MS });
    expect(chunkOf(await patient.claim(id, "w3", HOUR_MS, never)).chunk.id).toBe(0);
  });

  it("are returned by the janitor, by their age", async () => {
    const store = openStore(session, keyspace);
    const id = await pythonJob(session, keyspace, {
      status: "RUNNING",
      chunks: [
        { status: "RUNNING", agoMs: 60_000 },
        { status: "RUNNING", agoMs: 700_000 },
        { status: "PENDING" },
      ],
    });
    expect(await store.reclaim(id, 600_000, never)).toBe(1);
    expect(await store.reclaim(id, 600_000, never)).toBe(0);
    expect((await pythonView(session, keyspace, id)).chunks).toEqual(["RUNNING 0", "PENDING 0", "PENDING 0"]);
    expect(await store.reclaim(id, 0, never)).toBe(1);
    expect(await store.progress(id, never)).toMatchObject([{ chunks: { pending: 3, running: 0 } }]);
  });
});

describe("a worker that died between the lease and the ledger", () => {
  it("leaves a finished chunk finished", async () => {
    const store = openStore(session, keyspace);
    const job = jobOf(1);
    await store.createJob(job, never);
    const { lease } = chunkOf(await store.claim(job.id, "w1", HOUR_MS, never));
    await store.finish(lease, YOUNG, never);
    await setLedger(job.id, "RUNNING", 0);
    expect(await openStore(session, keyspace).claim(job.id, "w2", HOUR_MS, never)).toEqual({ kind: "done" });
    expect((await pythonView(session, keyspace, job.id)).chunks).toEqual(["DONE 0"]);
  });

  it("leaves a chunk that it reopened to the next one", async () => {
    const store = openStore(session, keyspace);
    const job = jobOf(1);
    await store.createJob(job, never);
    const { lease } = chunkOf(await store.claim(job.id, "w1", HOUR_MS, never));
    await store.finish(lease, YOUNG, never);
    expect(await store.reopenYoung(job.id, never)).toBe(1);
    await setLedger(job.id, "DONE", 1);
    expect(await store.reopenYoung(job.id, never)).toBe(0);
    expect(chunkOf(await store.claim(job.id, "w2", HOUR_MS, never)).chunk.visit).toBe(1);
  });
});

/** Makes the ledger say what it said before. */
async function setLedger(jobId: string, status: string, young: number): Promise<void> {
  await session.execute(
    `UPDATE ${keyspace}.rekey_chunks USING TIMESTAMP ? SET status = ?, visit = 0, totals = ? WHERE job_id = ? AND table_name = 't' AND chunk_id = 0`,
    [BigInt(Date.now() + 1000) * 1000n, status, JSON.stringify({ scanned: 5, young }), jobId],
  );
}
