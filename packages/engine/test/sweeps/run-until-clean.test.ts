import type { Job, RekeyEvent } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import type { RunRequest } from "../../src/engine.ts";
import { runUntilClean, type SweepParts } from "../../src/sweeps/run-until-clean.ts";
import { sweepAfter } from "../../src/sweeps/sweep-chain.ts";
import { openRun, type SimulatedRun } from "../simulated-run.ts";
import { key, old, seen } from "../simulated-world.ts";

const ROWS = 60;

async function filled(options: Parameters<typeof openRun>[0] = {}) {
  const run = await openRun({ chunks: 4, ...options });
  for (let n = 0; n < ROWS; n += 1) run.table.insert(key(`k${n}`), old({ email: `${n}` }));
  await run.clock.advance(60_000);
  return run;
}

/** Runs a job until it is clean, as one process. */
async function sweep(
  run: SimulatedRun,
  jobId = "j",
  request: RunRequest = {},
  maxSweeps = 5,
  origin: Job["origin"] = "cassandra-rekey",
) {
  const parts: SweepParts = {
    store: run.store,
    clock: run.clock,
    random: run.random,
    maxSweeps,
    isTarget: ({ keyVersion }) => keyVersion === "new",
    runJob: (job) => run.start({ ...request, jobId: job.id }),
  };
  const job = (await run.store.job(jobId, run.signal))!;
  return runUntilClean(parts, { ...job, origin }, run.signal);
}

/** An application instance on the old key: writes one row every `everyMs`. */
function keepWriting(run: SimulatedRun, count: number, everyMs: number) {
  for (let n = 0; n < count; n += 1)
    run.clock.time.after(n * everyMs, () =>
      run.table.update(key(`k${n % ROWS}`), old({ email: `late ${n}` })),
    );
}

describe("a run until clean", () => {
  it("ends with the first sweep that found nothing to rewrite", async () => {
    const run = await filled();
    const report = await run.clock.run(sweep(run));
    expect(report.sweeps).toEqual({ count: 2, clean: true, findings: [] });
    expect(report).toMatchObject({ jobId: sweepAfter("j"), outcome: "done", totals: { cellsRekeyed: 0 } });
    expect((await run.store.jobs(run.signal)).map(({ state }) => state)).toEqual(["done", "done"]);
  });

  it("goes on while an application instance still writes with the old key, and then becomes clean", async () => {
    const run = await filled();
    keepWriting(run, 20, 1_000);
    const report = await run.clock.run(sweep(run));
    expect(report.sweeps!.clean).toBe(true);
    expect(report.sweeps!.count).toBeGreaterThan(2);
    for (const row of run.table.rows()) expect(seen(run, String(row.key[0]))![0]).toMatch(/^new:/);
  });

  it("gives up after max_sweeps, and says which column, how many a minute and since when", async () => {
    const run = await filled();
    keepWriting(run, 2_000, 500);
    const report = await run.clock.run(sweep(run, "j", {}, 3));
    expect(report.sweeps).toMatchObject({ count: 3, clean: false });
    expect(report.sweeps!.findings).toHaveLength(1);
    expect(report.sweeps!.findings[0]).toMatch(
      /^app\.users\.email: sweep 3 found \d+ cells under old, about \d+ a minute: an application instance still writes with it: newest \d+ s ago$/,
    );
    const perMinute = Number(/about (\d+)/.exec(report.sweeps!.findings[0]!)![1]);
    expect(perMinute).toBeLessThanOrEqual(120);
    expect(perMinute).toBeGreaterThan(20);
  });

  it("goes on in the middle of its chain after a stop, whichever job it is started with", async () => {
    const run = await filled();
    keepWriting(run, 20, 1_000);
    const stop = new AbortController();
    let jobs = 0;
    const onEvent = ({ type }: RekeyEvent) => {
      if (type === "job.started") jobs += 1;
      if (jobs === 2 && type === "page.done") stop.abort();
    };
    const first = await run.clock.run(sweep(run, "j", { stop: stop.signal, onEvent }));
    expect(first).toMatchObject({ outcome: "interrupted", sweeps: { count: 2, clean: false } });
    const started: string[] = [];
    const again = await run.clock.run(
      sweep(run, "j", { onEvent: (event) => event.type === "job.started" && started.push(event.jobId) }),
    );
    expect(again.sweeps!.clean).toBe(true);
    // The first job is done and is not run again.
    expect(started[0]).toBe(sweepAfter("j"));
    const third = await run.clock.run(sweep(run, again.jobId));
    expect(third.sweeps).toEqual(again.sweeps);
    expect([again.stored, third.stored]).toEqual([undefined, true]);
  });

  it("is shared by processes, which meet at the next sweep", async () => {
    // Who waits for the other's last chunk looks again after a second at the latest: the next sweep takes longer.
    const run = await filled({ chunks: 32, latencyMs: 200 });
    const both = await run.clock.run(Promise.all([sweep(run), sweep(run)]));
    expect(both.map(({ sweeps }) => sweeps)).toEqual([
      { count: 2, clean: true, findings: [] },
      { count: 2, clean: true, findings: [] },
    ]);
    expect(both.every(({ scanned }) => scanned > 0)).toBe(true);
    expect(await run.store.jobs(run.signal)).toHaveLength(2);
  });

  it("takes no word of a job that the Python tool did: it keeps no census of what it read", async () => {
    const run = await filled();
    await run.store.transition("j", ["planned"], "done", run.signal);
    const report = await run.clock.run(sweep(run, "j", {}, 5, "python"));
    expect(report.sweeps).toEqual({ count: 3, clean: true, findings: [] });
    for (const row of run.table.rows()) expect(seen(run, String(row.key[0]))![0]).toMatch(/^new:/);
  });

  it("stops when what is left cannot be rewritten", async () => {
    const run = await filled();
    run.table.update(key("k1"), old({ email: "fixed" }), { timestamp: 2n ** 63n - 1n });
    const report = await run.clock.run(sweep(run));
    expect(report.sweeps).toMatchObject({ count: 2, clean: false });
    expect(report.quarantined).toBe(1);
  });
});

describe("the id of the next sweep", () => {
  it("is a UUID that every process comes to", () => {
    const id = sweepAfter("0b4f2f6e-6f7a-4a52-9d6f-0f6a5d1f3c11");
    expect(id).toBe(sweepAfter("0b4f2f6e-6f7a-4a52-9d6f-0f6a5d1f3c11"));
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
