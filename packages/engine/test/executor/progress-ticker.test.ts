import { type Totals, ZERO_TOTALS } from "@cassandra-rekey/core";
import { ManualClock, MemoryStateStore, SeededRandom } from "@cassandra-rekey/testkit";
import { describe, expect, it, vi } from "vitest";
import { Crew } from "../../src/executor/crew.ts";
import { JobWatch } from "../../src/executor/job-watch.ts";
import { ProgressTicker } from "../../src/executor/progress-ticker.ts";
import { TableNews } from "../../src/executor/table-news.ts";
import { Governor } from "../../src/governor/governor.ts";
import { HookDispatcher } from "../../src/hooks/hook-dispatcher.ts";
import { splitRing } from "../../src/planner/split-ring.ts";
import type { RunProgress } from "../../src/reports.ts";
import { ENDED } from "../../src/status.ts";
import { planned, stored } from "../simulated-job.ts";

const { signal } = new AbortController();

async function open(hold: { reason: string | undefined } = { reason: undefined }) {
  const clock = new ManualClock();
  const store = new MemoryStateStore(clock, new SeededRandom(1));
  const job = planned("j", splitRing(10));
  await store.createJob(job, signal);
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const events = vi.fn();
  const throttle = {
    limit: () => (hold.reason === undefined ? {} : { hold: hold.reason }),
    observe: () => {},
    async [Symbol.asyncDispose]() {},
  };
  const told: RunProgress[] = [];
  const onProgress = vi.fn((progress: RunProgress) => {
    told.push(progress);
  });
  const hooks = new HookDispatcher([], logger, clock, events);
  const governor = new Governor([throttle], 8, clock);
  const watch = new JobWatch(store, "j", "running", clock, signal);
  const ticker = new ProgressTicker({
    job: stored(job),
    store,
    clock,
    governor,
    watch,
    hooks,
    news: new TableNews(hooks, "j"),
    crew: new Crew(3),
    identity: { worker: "w", host: "here", pid: 7 },
    refreshMs: 1_000,
    onProgress,
    logger,
  });
  const ended = new AbortController();
  const ticking = ticker.tick(ended.signal, signal);
  const stop = async () => {
    ended.abort();
    await ticking;
  };
  /** Finishes one chunk, leaving `young` cells behind. */
  const finishChunk = async (young = 0) => {
    const claim = await store.claim("j", "w", 60_000, signal);
    if (claim.kind !== "chunk") throw new TypeError("nothing to claim");
    const totals: Totals = { ...ZERO_TOTALS, scanned: 100, young };
    await store.finish(claim.lease, { seq: 1, cursor: undefined, totals }, signal);
    ticker.addRows(100);
  };
  return { clock, store, watch, ticker, told, onProgress, logger, events, stop, finishChunk };
}

describe("ProgressTicker", () => {
  it("tells rows a second and when the job will be done at this rate", async () => {
    const { clock, ticker, told, stop, finishChunk } = await open();
    await clock.advance(0);
    expect(told[0]).toMatchObject({ etaMs: undefined, rowsPerSecond: 0, phase: "sweep" });
    for (let n = 0; n < 5; n += 1) {
      await clock.advance(999);
      await finishChunk();
      await clock.advance(1);
    }
    const last = told.at(-1)!;
    expect(last.rowsPerSecond).toBeCloseTo(100, 5);
    expect(last.etaMs).toBeCloseTo(5_000, -1);
    expect(last.tables[0]).toMatchObject({ chunks: { done: 5, pending: 5 }, rows: { scanned: 500 } });
    expect(ticker.scanned).toBe(500);
    await stop();
  });

  it("estimates the later visit from its own start", async () => {
    const { clock, store, ticker, told, stop, finishChunk } = await open();
    await clock.advance(0);
    for (let n = 0; n < 10; n += 1) await finishChunk(n < 4 ? 1 : 0);
    await clock.advance(1_000);
    expect(told.at(-1)!.etaMs).toBeCloseTo(0);
    ticker.enter("settling");
    await clock.advance(10_000);
    expect(told.at(-1)).toMatchObject({ etaMs: undefined, waiting: "waiting for young cells to settle" });
    expect(await store.reopenYoung("j", signal)).toBe(4);
    ticker.enter("young");
    await clock.advance(1_000);
    await finishChunk();
    await clock.advance(1_000);
    // One of four chunks in a second: three more to come.
    expect(told.at(-1)!.etaMs).toBeGreaterThan(2_000);
    expect(told.at(-1)!.etaMs).toBeLessThan(4_000);
    await stop();
  });

  it("spends a twentieth of the time at most on summing up the chunks, and hears of the others as often as before", async () => {
    const { clock, store, stop } = await open();
    await clock.advance(0);
    const progress = store.progress.bind(store);
    const workers = store.workers.bind(store);
    const asked = { progress: 0, workers: 0 };
    store.progress = async (...args) => {
      asked.progress += 1;
      await clock.sleep(500);
      return progress(...args);
    };
    store.workers = async (...args) => {
      asked.workers += 1;
      return workers(...args);
    };
    for (let second = 0; second < 60; second += 1) await clock.advance(1_000);
    expect(asked.progress).toBeGreaterThan(3);
    expect(asked.progress).toBeLessThan(8);
    expect(asked.workers).toBeGreaterThan(50);
    await clock.run(stop());
  });

  it("names who holds back, and tells the hooks when that changes", async () => {
    const hold: { reason: string | undefined } = { reason: "read p99 61 ms > 50 ms" };
    const { clock, ticker, told, events, stop } = await open(hold);
    await clock.advance(2_000);
    expect(told.at(-1)!.waiting).toBe("read p99 61 ms > 50 ms");
    hold.reason = undefined;
    await clock.advance(2_000);
    expect(told.at(-1)!.waiting).toBeUndefined();
    const throttled = events.mock.calls.filter(([event]) => event.type === "throttle");
    const reasons = throttled.map(([event]) => event.reason);
    expect(reasons).toEqual(["read p99 61 ms > 50 ms", undefined]);
    ticker.enter("paused");
    await clock.advance(1_000);
    expect(told.at(-1)).toMatchObject({ phase: "paused", waiting: "paused" });
    await stop();
  });

  it("sees a pause though no worker asks", async () => {
    const { clock, store, watch, stop } = await open();
    const { pause } = watch;
    await store.transition("j", ["planned"], "paused", signal);
    await clock.advance(2_000);
    expect(pause.aborted).toBe(true);
    await stop();
  });

  it("reports this process to the store, well within what it remembers", async () => {
    const { clock, store, stop } = await open();
    await clock.advance(31_000);
    expect(await store.workers("j", signal)).toMatchObject([
      { worker: "w", host: "here", pid: 7, permits: 8 },
    ]);
    expect((await store.workers("j", signal))[0]!.ageSeconds).toBeLessThanOrEqual(5);
    await stop();
  });

  it("tells of the other processes, as far as they were heard of lately", async () => {
    const { clock, store, told, stop } = await open();
    const report = { host: "there", pid: 8, scanned: 1, permits: 1, waiting: undefined };
    await store.report("j", { ...report, worker: "a", rowsPerSecond: 40 }, signal);
    await store.report("j", { ...report, worker: "b", rowsPerSecond: 2, waiting: ENDED }, signal);
    await clock.advance(6_000);
    expect(told.at(-1)!.others).toEqual({ processes: 1, rowsPerSecond: 40 });
    await clock.advance(16_000);
    expect(told.at(-1)!.others).toEqual({ processes: 0, rowsPerSecond: 0 });
    await stop();
  });

  it("ends with how far it got, and takes leave of the others", async () => {
    const { clock, store, told, stop, finishChunk } = await open();
    await clock.advance(100);
    await finishChunk();
    await stop();
    expect(told.at(-1)!.tables[0]).toMatchObject({ chunks: { done: 1 } });
    expect(await store.workers("j", signal)).toMatchObject([
      { worker: "w", rowsPerSecond: 0, waiting: ENDED },
    ]);
  });

  it("outlives an outage of the store, and a listener that fails", async () => {
    const { clock, store, onProgress, logger, stop, finishChunk } = await open();
    await finishChunk();
    onProgress.mockImplementation(() => {
      throw new Error("oops");
    });
    store.beforeCall = () => Promise.reject(new Error("away"));
    await clock.advance(3_000);
    store.beforeCall = () => {};
    await clock.advance(2_000);
    expect(onProgress.mock.lastCall![0].tables[0]).toMatchObject({ chunks: { done: 1 } });
    expect(logger.warn).toHaveBeenCalledWith({ reason: "oops" }, expect.any(String));
    await stop();
  });
});
