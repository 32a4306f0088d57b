import type { Claim } from "@cassandra-rekey/core";
import { ZERO_TOTALS } from "@cassandra-rekey/core";
import { beforeAll, describe, expect, it } from "vitest";
import type { CassandraStateStore } from "../src/cassandra-state-store.ts";
import { FaultySession } from "./faulty-session.ts";
import { jobOf, never, openStore, useStateCluster } from "./fixture.ts";
import { type PythonChunk, pythonJob, pythonKeyspace, pythonView } from "./python-keyspace.ts";

const HOUR_MS = 3_600_000;
const db = useStateCluster();
let store: CassandraStateStore;

beforeAll(async () => {
  await pythonKeyspace(db.session, db.keyspace);
  store = openStore(db.session, db.keyspace, { pythonStuckSeconds: 0 });
  await store.init(never);
});

function chunkOf(claim: Claim) {
  if (claim.kind !== "chunk") throw claim;
  return claim;
}

describe("the state of a job of the Python tool", () => {
  it.each([
    ["PENDING", [{ status: "PENDING" }], "planned"],
    ["RUNNING", [{ status: "RUNNING" }, { status: "PENDING" }], "running"],
    ["PAUSED", [{ status: "DONE" }, { status: "PENDING" }], "paused"],
    ["DONE", [{ status: "DONE" }, { status: "DONE" }], "done"],
    // It calls a table done when its own workers are: what another process left is still open.
    ["DONE", [{ status: "DONE" }, { status: "RUNNING" }], "running"],
    ["DONE", [{ status: "DONE" }, { status: "PENDING" }], "running"],
  ] as const)("%s with chunks %j is %s", async (status, chunks: readonly PythonChunk[], state) => {
    const id = await pythonJob(db.session, db.keyspace, { status, chunks });
    expect((await store.job(id, never))?.state).toBe(state);
    expect((await store.jobs(never)).find((job) => job.id === id)?.state).toBe(state);
  });
});

describe("transitions", () => {
  it("are seen by the Python tool, in each table of the job", async () => {
    const job = jobOf(1);
    const tables = [...job.tables, { ...job.tables[0]!, id: "u", name: "u" }];
    await store.createJob({ ...job, tables }, never);
    for (const [to, status] of [
      ["running", "RUNNING"],
      ["paused", "PAUSED"],
      ["failed", "FAILED"],
      ["done", "DONE"],
    ] as const) {
      await store.transition(job.id, ["planned", "running", "paused", "failed"], to, never);
      const rows = await db.session.rows(`SELECT status FROM ${db.keyspace}.rekey_jobs WHERE job_id = ?`, [
        job.id,
      ]);
      expect(rows.map((row) => row.get("status"))).toEqual([status, status]);
    }
  });

  it("win over what the Python tool dated an hour ahead, in jobs and in chunks", async () => {
    const id = await pythonJob(db.session, db.keyspace, {
      status: "RUNNING",
      chunks: [{ status: "RUNNING" }, { status: "RUNNING" }, { status: "DONE", rows: 3 }],
      aheadMs: HOUR_MS,
    });
    for (const [to, status] of [
      ["paused", "PAUSED"],
      ["running", "RUNNING"],
    ] as const) {
      expect(await store.transition(id, ["running", "paused"], to, never)).toEqual({
        applied: true,
        state: to,
      });
      expect((await store.job(id, never))?.state).toBe(to);
      expect((await pythonView(db.session, db.keyspace, id)).job).toBe(status);
    }

    const first = chunkOf(await store.claim(id, "w1", HOUR_MS, never));
    const second = chunkOf(await store.claim(id, "w2", HOUR_MS, never));
    const progress = (rows: number) => ({
      seq: 1,
      cursor: "half way",
      totals: { ...ZERO_TOTALS, scanned: rows, rekeyed: rows },
    });
    expect(await store.finish(first.lease, progress(10), never)).toBe("held");
    expect(await store.release(second.lease, progress(20), never)).toBe("held");
    const seen = await pythonView(db.session, db.keyspace, id);
    expect(seen.chunks[first.chunk.id]).toBe("DONE 10");
    expect(seen.chunks[second.chunk.id]).toBe("PENDING 20");
    expect(await store.progress(id, never)).toMatchObject([
      { chunks: { pending: 1, running: 0, done: 2, failed: 0 }, totals: { rekeyed: 33 } },
    ]);
    const again = chunkOf(await store.claim(id, "w3", HOUR_MS, never));
    expect(again.chunk).toMatchObject({ id: second.chunk.id, cursor: "half way" });
    await store.finish(again.lease, progress(25), never);
    expect(await store.claim(id, "w4", HOUR_MS, never)).toEqual({ kind: "done" });
    await store.transition(id, ["running"], "done", never);
    expect(await pythonView(db.session, db.keyspace, id)).toEqual({
      job: "DONE",
      chunks: expect.arrayContaining(["DONE 10", "DONE 25", "DONE 3"]),
    });
  });

  it("that timed out unapplied are not taken for another's that came in between", async () => {
    const job = jobOf(1);
    await store.createJob(job, never);
    const faulty = FaultySession.over(db.session);
    let other: unknown;
    const fates = ["not applied" as const];
    faulty.fate = async () => {
      const fate = fates.pop();
      if (fate) other = await store.transition(job.id, ["planned"], "running", never);
      return fate;
    };
    const outcome = await openStore(faulty, db.keyspace).transition(job.id, ["planned"], "running", never);
    expect(other).toEqual({ applied: true, state: "running" });
    expect(outcome).toEqual({ applied: false, state: "running" });
  });

  it("that happened without an answer are not made again over what came after them", async () => {
    const job = jobOf(1);
    await store.createJob(job, never);
    await store.transition(job.id, ["planned"], "running", never);
    const faulty = FaultySession.over(db.session);
    let asked = 0;
    faulty.fate = async () => {
      asked += 1;
      // Somebody resumes the job before the pause is asked for once more.
      if (asked === 2) await store.transition(job.id, ["paused"], "running", never);
      return asked === 1 ? "refused at its commit" : undefined;
    };
    const paused = await openStore(faulty, db.keyspace).transition(job.id, ["running"], "paused", never);
    expect(paused).toEqual({ applied: true, state: "paused" });
    expect((await store.job(job.id, never))?.state).toBe("running");
  });

  it("that arrive long after their time do not undo what came later", async () => {
    const job = jobOf(1);
    await store.createJob(job, never);
    await store.transition(job.id, ["planned"], "running", never);
    const faulty = FaultySession.over(db.session);
    const fates = ["stuck" as const];
    faulty.fate = () => fates.pop();
    const paused = await openStore(faulty, db.keyspace).transition(job.id, ["running"], "paused", never);
    expect(paused.applied).toBe(true);
    await store.transition(job.id, ["paused"], "running", never);
    await faulty.deliver();
    expect((await store.job(job.id, never))?.state).toBe("running");
  });
});

describe("a job whose rows somebody deleted one by one", () => {
  it("is gone, although what its tables share is still there", async () => {
    const job = jobOf(1);
    await store.createJob(job, never);
    await store.transition(job.id, ["planned"], "running", never);
    const by = "WHERE job_id = ? AND table_name = 't'";
    await db.session.execute(`DELETE FROM ${db.keyspace}.rekey_jobs ${by}`, [job.id]);
    expect(await store.job(job.id, never)).toBeUndefined();
    expect((await store.jobs(never)).map(({ id }) => id)).not.toContain(job.id);
    await expect(store.progress(job.id, never)).rejects.toMatchObject({ code: "JOB.NOT_FOUND" });
    // Nobody had begun it, so that its id may be planned again.
    await store.createJob(job, never);
    expect((await store.job(job.id, never))?.state).toBe("planned");
  });
});

describe("planning", () => {
  it("replaces what an unfinished plan of the same job left behind", async () => {
    const job = jobOf(2);
    const stop = new AbortController();
    const faulty = FaultySession.over(db.session);
    faulty.fate = () => {
      stop.abort(new DOMException("killed", "AbortError"));
      return "not applied";
    };
    const first = openStore(faulty, db.keyspace).createJob({ ...jobOf(9), id: job.id }, stop.signal);
    await expect(first).rejects.toThrow("killed");
    expect(await store.job(job.id, never)).toBeUndefined();
    await store.createJob(job, never);
    expect(await store.progress(job.id, never)).toMatchObject([{ chunks: { pending: 2 } }]);
  });
});
