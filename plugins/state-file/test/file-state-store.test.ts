import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type NewJob, ZERO_TOTALS } from "@cassandra-rekey/core";
import { describeStateStore, ManualClock, SeededRandom } from "@cassandra-rekey/testkit";
import { describe, expect, it } from "vitest";
import { FileStateStore } from "../src/file-state-store.ts";

const never = new AbortController().signal;
const JOB: NewJob = {
  id: "11111111-2222-4333-8444-555555555555",
  kind: "rekey",
  tables: [
    {
      id: "t",
      keyspace: "app",
      name: "t",
      columns: ["c"],
      writeMode: "fenced",
      schema: undefined,
      ranges: [{ after: 0n, upTo: 9n }],
    },
  ],
};

async function freshFile() {
  const folder = await mkdtemp(join(tmpdir(), "state-file-"));
  return {
    path: join(folder, "jobs.db"),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

describeStateStore(
  { describe, it },
  {
    name: "a file",
    clock: "driven",
    histories: { count: 10, steps: 80 },
    async create() {
      const file = await freshFile();
      // All on one host: one clock. Transactions of one process never meet, so nobody sleeps on it.
      const clock = new ManualClock();
      return {
        open: async () => new FileStateStore(file.path, clock, new SeededRandom(7)),
        elapse: (ms) => clock.advance(ms),
        [Symbol.asyncDispose]: file[Symbol.asyncDispose],
      };
    },
  },
);

describe("the clock of the host", () => {
  it("may be set back: a lease lasts no longer than it was granted", async () => {
    await using file = await freshFile();
    const clock = new ManualClock();
    await using store = new FileStateStore(file.path, clock, new SeededRandom(1));
    await store.createJob(JOB, never);
    await store.claim(JOB.id, "w1", 10_000, never);
    clock.stepWall(-3_600_000);
    expect(await store.claim(JOB.id, "w2", 10_000, never)).toEqual({ kind: "wait", ms: 10_000 });
    await clock.advance(10_000);
    expect(await store.claim(JOB.id, "w2", 10_000, never)).toMatchObject({ kind: "chunk" });
  });

  it("may be set back: the janitor returns what nobody touches, counted from then", async () => {
    await using file = await freshFile();
    const clock = new ManualClock();
    await using store = new FileStateStore(file.path, clock, new SeededRandom(1));
    await store.createJob(JOB, never);
    await store.claim(JOB.id, "w1", 600_000, never);
    clock.stepWall(-3_600_000);
    expect(await store.reclaim(JOB.id, 60_000, never)).toBe(0);
    await clock.advance(60_000);
    expect(await store.reclaim(JOB.id, 60_000, never)).toBe(1);
  });

  it("may be set forward: whoever was taken over is told so", async () => {
    await using file = await freshFile();
    const clock = new ManualClock();
    await using store = new FileStateStore(file.path, clock, new SeededRandom(1));
    await store.createJob(JOB, never);
    const first = await store.claim(JOB.id, "w1", 10_000, never);
    clock.stepWall(3_600_000);
    expect(await store.claim(JOB.id, "w2", 10_000, never)).toMatchObject({ kind: "chunk" });
    if (first.kind !== "chunk") throw first;
    const progress = { seq: 1, cursor: undefined, totals: ZERO_TOTALS };
    expect(await store.finish(first.lease, progress, never)).toBe("lost");
  });
});

describe("many chunks", () => {
  it("are summed up a thousand at a time: what else the process does gets its turns in between", async () => {
    await using file = await freshFile();
    await using store = new FileStateStore(file.path, new ManualClock(), new SeededRandom(1));
    const ranges = Array.from({ length: 5_500 }, (_, index) => ({
      after: BigInt(index),
      upTo: BigInt(index + 1),
    }));
    await store.createJob({ ...JOB, tables: [{ ...JOB.tables[0]!, ranges }] }, never);
    let turns = 0;
    let isOver = false;
    const others = (async () => {
      for (; !isOver; turns += 1) await setImmediate();
    })();
    const [progress] = await store.progress(JOB.id, never);
    isOver = true;
    await others;
    expect(progress?.chunks.pending).toBe(5_500);
    expect(turns).toBeGreaterThanOrEqual(5);
  });
});

describe("workers", () => {
  it("whose reports are from before the clock was set back count only when they report again", async () => {
    await using file = await freshFile();
    const clock = new ManualClock();
    await using store = new FileStateStore(file.path, clock, new SeededRandom(1));
    await store.createJob(JOB, never);
    const report = { host: "h", pid: 1, scanned: 0, rowsPerSecond: 0, permits: 1, waiting: undefined };
    await store.report(JOB.id, { ...report, worker: "dead" }, never);
    await store.report(JOB.id, { ...report, worker: "alive" }, never);
    clock.stepWall(-3_600_000);
    await store.report(JOB.id, { ...report, worker: "alive" }, never);
    expect((await store.workers(JOB.id, never)).map(({ worker }) => worker)).toEqual(["alive"]);
  });

  it("are forgotten a minute after their last report", async () => {
    await using file = await freshFile();
    const clock = new ManualClock();
    await using store = new FileStateStore(file.path, clock, new SeededRandom(1));
    await store.createJob(JOB, never);
    const report = { host: "h", pid: 1, scanned: 0, rowsPerSecond: 0, permits: 1, waiting: undefined };
    await store.report(JOB.id, { ...report, worker: "early" }, never);
    await clock.advance(40_000);
    await store.report(JOB.id, { ...report, worker: "late" }, never);
    expect(await store.workers(JOB.id, never)).toMatchObject([
      { worker: "early", ageSeconds: 40 },
      { worker: "late", ageSeconds: 0 },
    ]);
    await clock.advance(30_000);
    expect((await store.workers(JOB.id, never)).map(({ worker }) => worker)).toEqual(["late"]);
  });
});

describe("before init", () => {
  it("there are no jobs, planning makes the file, and everything else says what to do", async () => {
    await using file = await freshFile();
    const open = () => new FileStateStore(file.path, new ManualClock(), new SeededRandom(1));
    await using store = open();
    expect(await store.jobs(never)).toEqual([]);
    expect(await store.job(JOB.id, never)).toBeUndefined();
    await expect(store.claim(JOB.id, "w", 1000, never)).rejects.toMatchObject({
      code: "STATE.NOT_INITIALISED",
      hint: expect.stringContaining("init-state"),
    });
    await store.createJob(JOB, never);
    await using other = open();
    expect(await other.jobs(never)).toHaveLength(1);
  });
});

it("a job is finished when its last chunk was", async () => {
  await using file = await freshFile();
  const clock = new ManualClock();
  await using store = new FileStateStore(file.path, clock, new SeededRandom(1));
  await store.createJob(JOB, never);
  const claim = await store.claim(JOB.id, "w1", 10_000, never);
  if (claim.kind !== "chunk") throw claim;
  expect(await store.job(JOB.id, never)).not.toHaveProperty("finishedAt");
  await clock.advance(5_000);
  const lastMs = clock.wallMs();
  await store.finish(claim.lease, { seq: 1, cursor: undefined, totals: ZERO_TOTALS }, never);
  await store.transition(JOB.id, ["planned"], "done", never);
  await clock.advance(60_000);
  expect(await store.job(JOB.id, never)).toMatchObject({ state: "done", finishedAt: lastMs });
});
