import { RekeyError, type RekeyEvent } from "@cassandra-rekey/core";
import { expect, test } from "vitest";
import { Keyrings } from "../../src/keyring/keyrings.ts";
import { filledRun } from "../filled-run.ts";
import { throttleStub } from "../governor/throttle-stub.ts";
import type { RunOptions } from "../simulated-run.ts";
import { testKey } from "../test-keys.ts";

const ROWS = 200;
const SMALL = { chunks: 2, execution: { workers: 2, pageSize: 5 } };

/** A job whose events, and whose pages that reached the cluster, are kept. */
async function open(options: RunOptions) {
  const world = await filledRun(ROWS, { ...SMALL, ...options });
  const pages: string[] = [];
  const events: RekeyEvent[] = [];
  world.cluster.onRequest((asked) => {
    if (asked.kind !== "page") return;
    const { range, cursor } = asked.request;
    pages.push(`${range.upTo}/${cursor}`);
  });
  const change = (from: "running" | "paused", to: "running" | "paused") =>
    world.store.transition("j", [from], to, world.signal);
  return {
    ...world,
    pages,
    events,
    onEvent: (event: RekeyEvent) => void events.push(event),
    pause: () => change("running", "paused"),
    resume: () => change("paused", "running"),
    typesOf: () => new Set<string>(events.map(({ type }) => type)),
  };
}

test("workers that wait for a page give their chunks back, and others go on from their cursors", async () => {
  const throttle = throttleStub({ rowsPerSecond: 0.5 });
  const job = await open({ throttles: [throttle] });
  const stop = new AbortController();
  const first = job.start({ stop: stop.signal, onEvent: job.onEvent });
  await job.clock.advance(25_500);
  expect((await job.progress()).chunks.running).toBe(2);
  await job.pause();
  await job.clock.advance(2_000);
  const { chunks, totals } = await job.progress();
  expect(chunks).toMatchObject({ running: 0, pending: 2 });
  expect(totals.scanned).toBeGreaterThan(0);
  await job.clock.advance(120_000);
  expect((await job.progress()).totals.scanned).toBe(totals.scanned);

  stop.abort();
  const { scanned } = await job.clock.run(first);
  throttle.now = {};
  await job.resume();
  const before = job.clock.monotonicMs();
  const second = await job.run({ onEvent: job.onEvent });
  expect(second).toMatchObject({ outcome: "done", totals: { scanned: ROWS, rekeyed: ROWS, skipped: 0 } });
  expect(job.clock.monotonicMs() - before).toBeLessThan(job.settings.execution.leaseSeconds * 1_000);
  expect(scanned + second.scanned).toBe(ROWS);
  expect(job.pages).toHaveLength(new Set(job.pages).size);
  for (const trouble of ["retry", "chunk.failed", "chunk.lost", "page.dropped"])
    expect(job.typesOf()).not.toContain(trouble);
});

test("a throttle that holds takes no chunk from its worker", async () => {
  const throttle = throttleStub({});
  const job = await open({ throttles: [throttle], latencyMs: 100 });
  const running = job.start({ onEvent: job.onEvent });
  await job.clock.advance(1_000);
  throttle.now = { hold: "throttle-probe: busy" };
  await job.clock.advance(600_000);
  expect((await job.progress()).chunks.running).toBe(2);
  throttle.now = {};
  expect(await job.clock.run(running)).toMatchObject({ outcome: "done", scanned: ROWS });
  expect(job.typesOf()).not.toContain("chunk.released");
});

test("a critical reading has the chunks given back as well, and not one more page is read", async () => {
  const throttle = throttleStub({});
  const job = await open({ throttles: [throttle], latencyMs: 100 });
  const running = job.start({ onEvent: job.onEvent });
  await job.clock.advance(1_850);
  throttle.now = { pause: "p99 900 ms > 500 ms" };
  // What had left has arrived.
  await job.clock.advance(140);
  const { length } = job.pages;
  await job.clock.advance(2_000);
  expect((await job.progress()).chunks).toMatchObject({ running: 0, pending: 2 });
  expect(job.pages).toHaveLength(length);
  await job.resume();
  expect(await job.clock.run(running)).toMatchObject({ outcome: "done", scanned: ROWS });
});

test("a worker that waits for a key service gives its chunk back too", async () => {
  const job = await open({});
  let away = true;
  const target = testKey("new");
  const encrypt: typeof target.encrypt = async (...args) => {
    if (away) throw new RekeyError("KEY.UNAVAILABLE", "made up");
    return target.encrypt(...args);
  };
  const keyrings = new Keyrings({ target: { ...target, encrypt }, previous: [testKey("old")] });
  const running = job.start({}, { keyrings });
  await job.clock.advance(30_000);
  expect((await job.progress()).chunks.running).toBe(2);
  await job.pause();
  await job.clock.advance(2_000);
  expect((await job.progress()).chunks).toMatchObject({ running: 0, pending: 2 });
  away = false;
  await job.resume();
  expect(await job.clock.run(running)).toMatchObject({ outcome: "done", scanned: ROWS });
});

test("a page that is given up while it is read is no failure of the cluster", async () => {
  const throttle = throttleStub({});
  const job = await open({ throttles: [throttle] });
  for (let pages = 0; pages < 2; pages += 1) job.cluster.failNext("page", { delayMs: 600_000 });
  const running = job.start();
  await job.clock.advance(3_000);
  await job.pause();
  await job.clock.advance(2_000);
  expect((await job.progress()).chunks).toMatchObject({ running: 0, pending: 2 });
  expect(throttle.observe).not.toHaveBeenCalled();
  await job.resume();
  expect(await job.clock.run(running)).toMatchObject({ outcome: "done", scanned: ROWS });
});
