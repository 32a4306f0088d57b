import type { RekeyEvent, Throttle } from "@cassandra-rekey/core";
import { RekeyError } from "@cassandra-rekey/core";
import { describe, expect, it, vi } from "vitest";
import type { RunProgress } from "../../src/reports.ts";
import { filledRun } from "../filled-run.ts";

const { signal } = new AbortController();

/** A throttle that goes by a latency. */
function latencyThrottle() {
  const tune = vi.fn<NonNullable<Throttle["tune"]>>(() => true);
  return { tune, limit: () => ({}), observe: () => {}, async [Symbol.asyncDispose]() {} };
}

/** A job that goes on for long, in two processes, with what they tell and say of themselves. */
async function twoProcesses(throttle: Throttle = latencyThrottle()) {
  const run = await filledRun(4_000, {
    chunks: 64,
    latencyMs: 200,
    execution: { workers: 2, pageSize: 5 },
    throttles: [throttle],
  });
  const stop = new AbortController();
  const progress: (RunProgress | undefined)[] = [];
  const reasons = new Set<string>();
  const events: RekeyEvent[][] = [[], []];
  const running = [0, 1].map((process) =>
    run.start({
      stop: stop.signal,
      onProgress: (told) => {
        progress[process] = told;
        if (told.waiting !== undefined) reasons.add(told.waiting);
      },
      onEvent: (event) => void events[process]!.push(event),
    }),
  );
  await run.clock.advance(6_000);
  const end = async () => {
    stop.abort();
    await run.clock.run(Promise.all(running));
  };
  const chunksHeld = async () => (await run.progress()).chunks.running;
  return { run, progress, reasons, events, end, chunksHeld };
}

describe("a change of the live control settings", () => {
  it("is obeyed within two seconds by the workers of every process", async () => {
    const { run, progress, reasons, events, end, chunksHeld } = await twoProcesses();
    expect(await chunksHeld()).toBe(4);
    await run.store.tune("j", { workers: 5, maxInFlight: 12, maxRowsPerSecond: 40 }, "ann@pod-1", signal);
    await run.clock.advance(2_000);
    expect(await chunksHeld()).toBe(10);
    expect(progress.map((told) => told?.permits)).toEqual([12, 12]);
    for (const heard of events) {
      const tuned = heard.filter(({ type }) => type === "job.tuned");
      expect(tuned).toMatchObject([
        { by: "ann@pod-1", revision: 1, settings: { workers: 5, maxInFlight: 12, maxRowsPerSecond: 40 } },
      ]);
    }
    // Twenty seconds at forty rows a second for both together.
    const before = (await run.progress()).totals.scanned;
    await run.clock.advance(20_000);
    const rows = (await run.progress()).totals.scanned - before;
    expect(rows).toBeGreaterThan(500);
    expect(rows).toBeLessThan(1_000);
    expect([...reasons]).toContain("tuned by ann@pod-1: 40 rows/s, 20 of them here");

    await run.store.tune("j", { workers: 1, maxRowsPerSecond: null }, "bob", signal);
    await run.clock.advance(4_000);
    expect(await chunksHeld()).toBe(2);
    expect(await run.store.workers("j", signal)).toMatchObject([{ controls: 2 }, { controls: 2 }]);
    await run.store.tune("j", { workers: null, maxInFlight: null }, "bob", signal);
    await run.clock.advance(2_000);
    expect(await chunksHeld()).toBe(4);
    expect(progress[0]).toMatchObject({ permits: 16, waiting: undefined });
    await end();
  });

  it("is obeyed from the start by a process that joins later, without being told of again", async () => {
    const run = await filledRun(2_000, {
      chunks: 64,
      latencyMs: 200,
      execution: { workers: 2, pageSize: 5 },
    });
    await run.store.tune("j", { workers: 7 }, "ann", signal);
    const stop = new AbortController();
    const events: RekeyEvent[] = [];
    const running = run.start({ stop: stop.signal, onEvent: (event) => void events.push(event) });
    await run.clock.advance(3_000);
    expect((await run.progress()).chunks.running).toBe(7);
    expect(events.map(({ type }) => type)).not.toContain("job.tuned");
    stop.abort();
    await run.clock.run(running);
  });

  it("reaches the throttles that go by a latency, and their own threshold comes back", async () => {
    const throttle = latencyThrottle();
    const { run, end } = await twoProcesses(throttle);
    await run.store.tune("j", { thresholdMs: 20 }, "ann", signal);
    await run.clock.advance(2_000);
    expect(throttle.tune.mock.calls).toEqual([[{ thresholdMs: 20 }], [{ thresholdMs: 20 }]]);
    await run.store.tune("j", { thresholdMs: null }, "ann", signal);
    await run.clock.advance(2_000);
    expect(throttle.tune.mock.lastCall).toEqual([{}]);
    await end();
  });

  it("that cannot be read leaves everything as it is until it can", async () => {
    const { run, end, chunksHeld } = await twoProcesses();
    await run.store.tune("j", { workers: 5 }, "ann", signal);
    await run.clock.advance(2_000);
    run.store.beforeCall = (call) => {
      if (call === "controls") throw new RekeyError("STATE.UNAVAILABLE", "made up");
    };
    await run.clock.advance(5_000);
    expect(await chunksHeld()).toBe(10);
    run.store.beforeCall = () => {};
    await run.store.tune("j", { workers: 1 }, "ann", signal);
    await run.clock.advance(4_000);
    expect(await chunksHeld()).toBe(2);
    await end();
  });

  it("stops the run where a throttle fails of it, and names that", async () => {
    const broken = new RekeyError("PLUGIN.INVALID", 'The throttle "acme" failed in tune()');
    const throttle = latencyThrottle();
    throttle.tune.mockImplementation(() => {
      throw broken;
    });
    const run = await filledRun(2_000, {
      chunks: 64,
      latencyMs: 200,
      execution: { workers: 2, pageSize: 5 },
      throttles: [throttle],
    });
    const events: RekeyEvent[] = [];
    const running = run.start({ onEvent: (event) => void events.push(event) });
    await run.clock.advance(3_000);
    await run.store.tune("j", { thresholdMs: 20 }, "ann", signal);
    await expect(run.clock.run(running)).rejects.toBe(broken);
    expect(events.at(-1)).toMatchObject({ type: "job.stopped", outcome: "failed", code: "PLUGIN.INVALID" });
    expect((await run.progress()).chunks.running).toBe(0);
  });
});
