import { ZERO_TOTALS } from "@cassandra-rekey/core";
import { ManualClock, MemoryStateStore, SeededRandom } from "@cassandra-rekey/testkit";
import { describe, expect, it } from "vitest";
import { splitRing } from "../src/planner/split-ring.ts";
import { runReport } from "../src/run-report.ts";
import { ENDED, liveWorkers, readStatus } from "../src/status.ts";
import { planned, stored } from "./simulated-job.ts";

const { signal } = new AbortController();
const line = { column: "email", keyVersion: "old", cells: 3, newestWritetime: 7n };
const totals = {
  ...ZERO_TOTALS,
  scanned: 10,
  rekeyed: 6,
  skipped: 4,
  raced: 2,
  quarantined: 1,
  young: 1,
  census: [line],
};

/** A job of four chunks, of which one is done and one failed. */
async function halfDone(changes: Parameters<typeof planned>[2] = {}) {
  const store = new MemoryStateStore(new ManualClock(), new SeededRandom(1));
  const job = planned("j", splitRing(4), changes);
  await store.createJob(job, signal);
  const ends = [
    (lease: Parameters<typeof store.finish>[0]) =>
      store.finish(lease, { seq: 1, cursor: undefined, totals }, signal),
    (lease: Parameters<typeof store.finish>[0]) =>
      store.fail(lease, { seq: 1, cursor: undefined, totals: ZERO_TOTALS }, "made up", true, signal),
  ];
  for (const end of ends) {
    const claim = await store.claim("j", "w", 60_000, signal);
    if (claim.kind === "chunk") await end(claim.lease);
  }
  const entry = { table: "users", column: "email", key: [Buffer.from("k")], reason: "r", writetime: 1n };
  await store.quarantine("j", [entry, { ...entry, column: "phone" }, entry], signal);
  return { store, job: stored(job) };
}

describe("readStatus", () => {
  it("says where a job stands, from its store alone", async () => {
    const { store, job } = await halfDone();
    expect(await readStatus(store, job, signal)).toMatchObject({
      jobId: "j",
      kind: "rekey",
      quarantined: 2,
      workers: [],
      tables: [
        {
          keyspace: "app",
          name: "users",
          chunks: { pending: 2, running: 0, done: 1, failed: 1 },
          rows: { scanned: 10, rekeyed: 6, skipped: 4, raced: null, quarantined: 1 },
          young: 1,
          fraction: 0.25,
          lastError: "made up",
        },
      ],
    });
  });

  it("shows who is at it, also who went quiet, and not who has left", async () => {
    const { store, job } = await halfDone();
    const report = { host: "h", pid: 1, scanned: 1, rowsPerSecond: 1, permits: 1 };
    await store.report("j", { ...report, worker: "a", waiting: undefined }, signal);
    await store.report("j", { ...report, worker: "b", waiting: ENDED }, signal);
    const { workers } = await readStatus(store, job, signal);
    expect(workers.map((worker) => worker.worker)).toEqual(["a"]);
    const quiet = { ...workers[0]!, ageSeconds: 16 };
    expect(liveWorkers([...workers, quiet])).toEqual(workers);
  });

  it("counts raced rows in LWT mode alone, where the server tells", async () => {
    const { store, job } = await halfDone({ writeMode: "lwt" });
    expect((await readStatus(store, job, signal)).tables[0]!.rows.raced).toBe(2);
  });
});

describe("runReport", () => {
  const end = { outcome: "done", scanned: 10, elapsedMs: 1_000, abort: signal } as const;

  it("sums up tables, census with its places, quarantine and what is left young", async () => {
    const { store, job } = await halfDone();
    const report = await runReport({ store, keyrings: { keys: [] } }, job, end);
    expect(report).toMatchObject({
      outcome: "done",
      scanned: 10,
      young: 1,
      quarantined: 2,
      estimateMs: undefined,
    });
    expect(report.census).toEqual([{ ...line, keyspace: "app", table: "users" }]);
    expect(report.totals).toMatchObject({ rekeyed: 6, census: [] });
    expect(report.notes.join("\n")).toMatch(/1 cells .*old key\n2 rows were won/);
  });

  it("estimates the whole of the real run by the part of a dry run that this call has read, if that tells", async () => {
    const { store, job } = await halfDone({ kind: "dry-run" });
    const estimate = async (scanned: number) =>
      (await runReport({ store, keyrings: { keys: [] } }, job, { ...end, scanned })).estimateMs;
    expect([await estimate(20), await estimate(10), await estimate(5)]).toEqual([2_500, 2_500, 5_000]);
    expect([await estimate(1), await estimate(0)]).toEqual([25_000, undefined]);
  });

  it("estimates the real run after a whole dry run, and not after half of one", async () => {
    const { store, job } = await halfDone({ kind: "dry-run" });
    expect((await runReport({ store, keyrings: { keys: [] } }, job, end)).estimateMs).toBeGreaterThan(1_000);
    expect(
      (await runReport({ store, keyrings: { keys: [] } }, job, { ...end, outcome: "interrupted" }))
        .estimateMs,
    ).toBeUndefined();
  });
});
