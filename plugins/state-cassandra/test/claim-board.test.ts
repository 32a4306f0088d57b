import type { ClusterSession } from "@cassandra-rekey/cassandra";
import { type Claim, ZERO_TOTALS } from "@cassandra-rekey/core";
import { beforeAll, describe, expect, it } from "vitest";
import { CassandraStateStore } from "../src/cassandra-state-store.ts";
import { jobOf, never, openStore, random, sessionWith, systemClock, useStateCluster } from "./fixture.ts";
import { pythonJob, pythonKeyspace, pythonView } from "./python-keyspace.ts";

const HOUR_MS = 3_600_000;
const YOUNG = { seq: 1, cursor: undefined, totals: { ...ZERO_TOTALS, scanned: 5, young: 1 } };
const db = useStateCluster();

beforeAll(async () => {
  await pythonKeyspace(db.session, db.keyspace);
  await openStore(db.session, db.keyspace).init(never);
});

function chunkOf(claim: Claim) {
  if (claim.kind !== "chunk") throw claim;
  return claim;
}

describe("chunks that the Python tool left running", () => {
  it("are its own while they are young, and taken over when they are old, by the cluster's clock", async () => {
    const id = await pythonJob(db.session, db.keyspace, {
      status: "RUNNING",
      chunks: [
        { status: "RUNNING", agoMs: 60_000 },
        { status: "RUNNING", agoMs: 700_000 },
        { status: "DONE", rows: 4 },
      ],
    });
    // Its host's clock is an hour ahead: to it, everything is old.
    const hasty = openStore(db.session, db.keyspace, { aheadMs: HOUR_MS });
    const taken = chunkOf(await hasty.claim(id, "w1", HOUR_MS, never));
    expect(taken.chunk).toMatchObject({ id: 1, cursor: undefined, attempt: 0, totals: ZERO_TOTALS });
    expect(await hasty.claim(id, "w2", HOUR_MS, never)).toMatchObject({ kind: "wait" });
    const patient = openStore(db.session, db.keyspace, { pythonStuckSeconds: 30, aheadMs: -HOUR_MS });
    expect(chunkOf(await patient.claim(id, "w3", HOUR_MS, never)).chunk.id).toBe(0);
  });

  it("are returned by the janitor, by their age", async () => {
    const store = openStore(db.session, db.keyspace);
    const id = await pythonJob(db.session, db.keyspace, {
      status: "RUNNING",
      chunks: [
        { status: "RUNNING", agoMs: 60_000 },
        { status: "RUNNING", agoMs: 700_000 },
        { status: "PENDING" },
      ],
    });
    expect(await store.reclaim(id, 600_000, never)).toBe(1);
    expect(await store.reclaim(id, 600_000, never)).toBe(0);
    expect((await pythonView(db.session, db.keyspace, id)).chunks).toEqual([
      "RUNNING 0",
      "PENDING 0",
      "PENDING 0",
    ]);
    expect(await store.reclaim(id, 0, never)).toBe(1);
    expect(await store.progress(id, never)).toMatchObject([{ chunks: { pending: 3, running: 0 } }]);
  });
});

describe("a worker that died between the lease and the ledger", () => {
  it("leaves a finished chunk finished", async () => {
    const store = openStore(db.session, db.keyspace);
    const job = jobOf(1);
    await store.createJob(job, never);
    const { lease } = chunkOf(await store.claim(job.id, "w1", HOUR_MS, never));
    await store.finish(lease, YOUNG, never);
    await setLedger(job.id, "RUNNING", 0);
    expect(await openStore(db.session, db.keyspace).claim(job.id, "w2", HOUR_MS, never)).toEqual({
      kind: "done",
    });
    expect((await pythonView(db.session, db.keyspace, job.id)).chunks).toEqual(["DONE 0"]);
  });

  it("leaves a chunk that it reopened to the next one", async () => {
    const store = openStore(db.session, db.keyspace);
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

describe("a worker that died while it gave failed chunks back", () => {
  it("leaves them to whoever is at the job", async () => {
    const store = openStore(db.session, db.keyspace);
    const job = jobOf(1);
    await store.createJob(job, never);
    const { lease } = chunkOf(await store.claim(job.id, "w1", HOUR_MS, never));
    await store.fail(lease, YOUNG, "no", true, never);
    expect(await store.reopenFailed(job.id, never)).toBe(1);
    await setLedger(job.id, "FAILED", 1);
    expect(chunkOf(await store.claim(job.id, "w2", HOUR_MS, never)).chunk.id).toBe(0);
    expect((await pythonView(db.session, db.keyspace, job.id)).chunks).toEqual(["RUNNING 0"]);
  });
});

/** A store whose process' monotonic clock is the test's. */
function storeAt(session: ClusterSession, monotonicMs: () => number): CassandraStateStore {
  const settings = {
    keyspace: db.keyspace,
    replication: undefined,
    consistency: "LOCAL_QUORUM",
    serialConsistency: "LOCAL_SERIAL",
    pythonStuckSeconds: 600,
  };
  return new CassandraStateStore(session, settings, { clock: { ...systemClock(), monotonicMs }, random });
}

describe("chunks that others hold", () => {
  it("are tried again by their leases, and the ledger is read again twice a minute", async () => {
    let nowMs = 0;
    let ledgers = 0;
    const counting = sessionWith(db.session, {
      rows(...call) {
        if (/FROM \S*rekey_chunks/.test(call[0]) && !call[0].includes("chunk_id = ?")) ledgers += 1;
        return db.session.rows(...call);
      },
    });
    const other = openStore(db.session, db.keyspace);
    const job = jobOf(2);
    await other.createJob(job, never);
    const first = chunkOf(await other.claim(job.id, "w1", HOUR_MS, never));
    const second = chunkOf(await other.claim(job.id, "w1", HOUR_MS, never));
    const store = storeAt(counting, () => nowMs);
    const claim = () => store.claim(job.id, "w2", HOUR_MS, never);
    for (nowMs of [0, 10_000, 29_000]) expect(await claim()).toMatchObject({ kind: "wait" });
    expect(ledgers).toBe(1);
    await other.release(first.lease, YOUNG, never);
    const taken = chunkOf(await claim());
    expect([taken.chunk.id, ledgers]).toEqual([first.chunk.id, 1]);
    nowMs = 30_000;
    expect(await claim()).toMatchObject({ kind: "wait" });
    expect(ledgers).toBe(2);
    // What this process itself gives back is found at once.
    await store.release(taken.lease, YOUNG, never);
    const again = chunkOf(await claim());
    expect(again.chunk.id).toBe(first.chunk.id);
    await store.finish(again.lease, YOUNG, never);
    await other.finish(second.lease, YOUNG, never);
    expect(await claim()).toEqual({ kind: "done" });
  });
});

describe("chunks that are not in the ledger", () => {
  it("are waited for a while: another data centre sees a plan first, and a job without them is not done", async () => {
    let nowMs = 0;
    const store = storeAt(db.session, () => nowMs);
    const job = jobOf(1);
    await store.createJob(job, never);
    const take = (name: string) =>
      db.session.execute(
        `DELETE ${name} FROM ${db.keyspace}.rekey_chunks WHERE job_id = ? AND table_name = 't' AND chunk_id = 0`,
        [job.id],
      );
    await take("start_token");
    for (nowMs of [0, 9_000])
      expect(await store.claim(job.id, "w1", HOUR_MS, never)).toMatchObject({ kind: "wait" });
    nowMs = 10_000;
    expect(await store.claim(job.id, "w1", HOUR_MS, never)).toEqual({ kind: "done" });
    await db.session.execute(
      `UPDATE ${db.keyspace}.rekey_chunks SET start_token = ? WHERE job_id = ? AND table_name = 't' AND chunk_id = 0`,
      [job.tables[0]!.ranges[0]!.after, job.id],
    );
    expect(chunkOf(await store.claim(job.id, "w1", HOUR_MS, never)).chunk.id).toBe(0);
  });
});

describe("workers of one process that run out of chunks together", () => {
  /** A session over which whole ledgers are read through a gate; readers stand in front of it until it is opened. */
  function gated() {
    const gate = Promise.withResolvers<void>();
    const seen = { ledgers: 0 };
    const rows: ClusterSession["rows"] = async (query, ...rest) => {
      const answer = await db.session.rows(query, ...rest);
      if (/FROM \S*rekey_chunks/.test(query) && !query.includes("chunk_id = ?")) {
        seen.ledgers += 1;
        await gate.promise;
        rest[1]?.signal?.throwIfAborted();
      }
      return answer;
    };
    return { store: openStore(sessionWith(db.session, { rows }), db.keyspace), seen, open: gate.resolve };
  }

  /** A job with so many chunks, made over another session. */
  async function planned(chunks: number) {
    const store = openStore(db.session, db.keyspace);
    const job = jobOf(chunks);
    await store.createJob(job, never);
    return { id: job.id, store };
  }

  it("read the ledger once for all, and each chunk is one's", async () => {
    const { id } = await planned(20);
    const { store, seen, open } = gated();
    // What asks joins the reading that is under way before it waits for anything else.
    const claiming = Array.from({ length: 16 }, (_, index) => store.claim(id, `w${index}`, HOUR_MS, never));
    open();
    const claims = await Promise.all(claiming);
    expect(new Set(claims.map((claim) => chunkOf(claim).chunk.id)).size).toBe(16);
    expect(seen.ledgers).toBe(1);
  });

  it("are not told that a job is done by a reading that began before a chunk was opened again", async () => {
    const { id, store: elsewhere } = await planned(1);
    const { lease } = chunkOf(await elsewhere.claim(id, "w1", HOUR_MS, never));
    await elsewhere.finish(lease, YOUNG, never);
    const { store, seen, open } = gated();
    const early = store.claim(id, "w2", HOUR_MS, never);
    await expect.poll(() => seen.ledgers).toBe(1);
    expect(await elsewhere.reopenYoung(id, never)).toBe(1);
    const late = store.claim(id, "w3", HOUR_MS, never);
    open();
    expect(await early).toEqual({ kind: "done" });
    expect(chunkOf(await late).chunk.visit).toBe(1);
  });

  it("go on when the one that reads for all is stopped", async () => {
    const { id } = await planned(2);
    const { store, seen, open } = gated();
    const stopped = new AbortController();
    const first = store.claim(id, "w1", HOUR_MS, stopped.signal);
    await expect.poll(() => seen.ledgers).toBe(1);
    const second = store.claim(id, "w2", HOUR_MS, never);
    stopped.abort();
    open();
    await expect(first).rejects.toThrow();
    expect((await second).kind).toBe("chunk");
  });
});

/** Makes the ledger say what it said before. */
async function setLedger(jobId: string, status: string, young: number): Promise<void> {
  await db.session.execute(
    `UPDATE ${db.keyspace}.rekey_chunks USING TIMESTAMP ? SET status = ?, visit = 0, totals = ? WHERE job_id = ? AND table_name = 't' AND chunk_id = 0`,
    [BigInt(Date.now() + 1000) * 1000n, status, JSON.stringify({ scanned: 5, young }), jobId],
  );
}
