import { RekeyError, type RekeyEvent } from "@cassandra-rekey/core";
import { describe, expect, it, vi } from "vitest";
import type { RunProgress } from "../../src/reports.ts";
import { filledRun, underOld } from "../filled-run.ts";
import type { RunOptions } from "../simulated-run.ts";

const ROWS = 200;

/** Rows written long before the run. */
const filled = (options: RunOptions = {}) => filledRun(ROWS, options);

describe("workers", () => {
  it("share the chunks and finish the job", async () => {
    const run = await filled();
    const claimed = new Set<number>();
    const report = await run.run({
      onEvent: (event) => event.type === "chunk.claimed" && claimed.add(event.chunkId),
    });
    expect(report).toMatchObject({
      outcome: "done",
      scanned: ROWS,
      totals: { rekeyed: ROWS, scanned: ROWS },
    });
    expect(claimed.size).toBe(8);
    expect(underOld(run)).toBe(0);
    expect(await run.state()).toBe("done");
  });

  it("of two processes share a job, and each says what it did itself", async () => {
    const run = await filled({ chunks: 32 });
    const both = await run.clock.run(Promise.all([run.start(), run.start()]));
    expect(both.map(({ outcome }) => outcome)).toEqual(["done", "done"]);
    expect(both.reduce((sum, { scanned }) => sum + scanned, 0)).toBe(ROWS);
    expect((await run.progress()).totals.scanned).toBe(ROWS);
    expect(both.every(({ scanned }) => scanned > 0)).toBe(true);
  });

  it("do not wait once the last chunk in their hands is done", async () => {
    const durationOf = async (workers: number) => {
      const run = await filled({ chunks: 1, execution: { workers } });
      const before = run.clock.monotonicMs();
      expect((await run.run()).outcome).toBe("done");
      return run.clock.monotonicMs() - before;
    };
    expect(await durationOf(8)).toBeLessThan((await durationOf(1)) + 100);
  });

  it("take over what another left behind, once its lease has run out", async () => {
    const run = await filled();
    const claim = await run.store.claim("j", "dead", 60_000, run.signal);
    expect(claim.kind).toBe("chunk");
    const before = run.clock.monotonicMs();
    expect((await run.run()).outcome).toBe("done");
    expect(run.clock.monotonicMs() - before).toBeGreaterThanOrEqual(60_000);
    expect(underOld(run)).toBe(0);
  });
});

describe("stop and pause", () => {
  it("a stop ends each worker after its page, with leases given back, and a later run goes on", async () => {
    const run = await filled({ chunks: 2, execution: { workers: 2 } });
    const stop = new AbortController();
    let pages = 0;
    const report = await run.run({
      stop: stop.signal,
      onEvent: ({ type }) => {
        if (type === "page.done") pages += 1;
        if (pages === 3) stop.abort();
      },
    });
    expect(report.outcome).toBe("interrupted");
    expect((await run.progress()).chunks).toMatchObject({ running: 0, pending: 2 });
    expect(report.scanned).toBeLessThan(ROWS);
    const rest = await run.run();
    expect(rest.outcome).toBe("done");
    expect(rest.scanned).toBe(ROWS - report.scanned);
    expect(underOld(run)).toBe(0);
  });

  it("a stop does not wait for a throttle's hold to end", async () => {
    const hold = { limit: () => ({ hold: "too hot" }), observe: () => {}, async [Symbol.asyncDispose]() {} };
    const run = await filled({ throttles: [hold] });
    const stop = new AbortController();
    run.clock.time.after(7_000, () => stop.abort());
    expect((await run.run({ stop: stop.signal })).outcome).toBe("interrupted");
    expect(run.clock.monotonicMs()).toBeLessThan(70_000);
  });

  it("an abort rejects at once, and leaves the leases to others", async () => {
    const run = await filled({ chunks: 2 });
    const abort = new AbortController();
    const onEvent = vi.fn(({ type }: RekeyEvent) => {
      if (type === "page.done") abort.abort();
    });
    await expect(run.run({ abort: abort.signal, onEvent })).rejects.toMatchObject({ code: "INTERRUPTED" });
    expect((await run.progress()).chunks.running).toBe(0);
  });

  it("a pause from elsewhere takes effect within a page, and resuming goes on", async () => {
    const run = await filled({ chunks: 2, latencyMs: 150, execution: { workers: 2, pageSize: 5 } });
    const phases: RunProgress["phase"][] = [];
    let scanned = 0;
    const running = run.start({
      onProgress: ({ phase }) => phases.push(phase),
      onEvent: (event) => {
        if (event.type === "page.done") scanned += event.rows;
      },
    });
    run.clock.time.after(1_000, () => void run.store.transition("j", ["running"], "paused", run.signal));
    await run.clock.advance(5_000);
    const scannedWhenPaused = scanned;
    expect(scannedWhenPaused).toBeLessThan(ROWS);
    expect((await run.progress()).chunks.running).toBe(0);
    await run.clock.advance(60_000);
    expect(scanned).toBe(scannedWhenPaused);
    expect(phases).toContain("paused");
    await run.store.transition("j", ["paused"], "running", run.signal);
    expect((await run.clock.run(running)).outcome).toBe("done");
    expect(underOld(run)).toBe(0);
  });
});

describe("gc_grace_seconds", () => {
  it("of 0 is refused with its reason, for a job that writes", async () => {
    const run = await filled({ gcGraceSeconds: 0 });
    await expect(run.run()).rejects.toMatchObject({
      code: "SCHEMA.UNSUPPORTED",
      message: expect.stringContaining("gc_grace_seconds"),
    });
    const verifying = await filled({ gcGraceSeconds: 0, kind: "verify" });
    expect((await verifying.run()).outcome).toBe("done");
  });

  it("bounds the age of a page by its tenth", async () => {
    const run = await filled({ gcGraceSeconds: 20, chunks: 1, execution: { workers: 1 } });
    run.cluster.failNext("send", {
      error: new RekeyError("CLUSTER.TIMEOUT", "made up"),
      replyDelayMs: 2_100,
    });
    const dropped = vi.fn();
    await run.run({ onEvent: ({ type }) => type === "page.dropped" && dropped() });
    expect(dropped).toHaveBeenCalledTimes(1);
    expect(underOld(run)).toBe(0);
  });
});
