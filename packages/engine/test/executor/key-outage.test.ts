import { type EncryptionKey, RekeyError } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { Keyrings } from "../../src/keyring/keyrings.ts";
import type { RunProgress } from "../../src/reports.ts";
import { openRun, type RunOptions } from "../simulated-run.ts";
import { key, old } from "../simulated-world.ts";
import { testKey } from "../test-keys.ts";

const ROWS = 60;

/** A run whose previous key is out of reach between two moments, in milliseconds from the start of the run. */
async function withOutage(fromMs: number, untilMs: number, options: RunOptions = {}, more = {}) {
  const run = await openRun({
    latencyMs: 5,
    ...options,
    execution: { workers: 2, pageSize: 5, ...options.execution },
  });
  for (let n = 0; n < ROWS; n += 1) run.table.insert(key(`k${n}`), old({ email: `${n}` }));
  await run.clock.advance(60_000);
  const startMs = run.clock.monotonicMs();
  const service = testKey("old");
  let failures = 0;
  const previous: EncryptionKey = {
    ...service,
    async decrypt(batch, signal) {
      const ms = run.clock.monotonicMs() - startMs;
      if (ms < fromMs || ms >= untilMs) return service.decrypt(batch, signal);
      failures += 1;
      const what = ms < 900_000 ? "throttled" : "away";
      throw new RekeyError("KEY.UNAVAILABLE", `the service of key old is ${what}`, more);
    },
  };
  const progress: RunProgress[] = [];
  const stop = new AbortController();
  const request = { stop: stop.signal, onProgress: (seen: RunProgress) => progress.push(seen) };
  const keyrings = new Keyrings({ target: testKey("new"), previous: [previous] });
  const go = () => run.run(request, { keyrings });
  return {
    ...run,
    go,
    stop,
    told: progress,
    failures: () => failures,
    elapsedMs: () => run.clock.monotonicMs() - startMs,
  };
}

const reasons = (progress: readonly RunProgress[]) => new Set(progress.map(({ waiting }) => waiting));

describe("an outage of a key service", () => {
  it("of half an hour holds the job, with the reason shown, and loses nothing", async () => {
    const run = await withOutage(60, 1_800_000);
    expect(await run.go()).toMatchObject({ outcome: "done", totals: { rekeyed: ROWS, quarantined: 0 } });
    expect(run.elapsedMs()).toBeGreaterThan(1_800_000);
    // Two workers, at most every five to ten seconds.
    expect(run.failures()).toBeLessThan(800);
    expect(reasons(run.told)).toContain("waiting for a key service: the service of key old is throttled");
    expect(reasons(run.told), "the reason of now").toContain(
      "waiting for a key service: the service of key old is away",
    );
    expect(run.told.at(-1)!.waiting).toBeUndefined();
  });

  it("longer than max_key_outage_seconds stops the job, which goes on later", async () => {
    const run = await withOutage(60, 1_000_000, { execution: { maxKeyOutageSeconds: 120 } });
    await expect(run.go()).rejects.toMatchObject({ code: "KEY.UNAVAILABLE" });
    expect(run.elapsedMs()).toBeGreaterThanOrEqual(120_000);
    expect(run.elapsedMs()).toBeLessThan(125_000);
    await run.clock.advance(1_000_000);
    expect(await run.go()).toMatchObject({ outcome: "done" });
    expect((await run.progress()).totals.rekeyed).toBe(ROWS);
  });

  it("does not keep a run from being stopped: the chunk is given back", async () => {
    const run = await withOutage(60, 3_600_000);
    run.clock.time.after(30_000, () => run.stop.abort());
    expect(await run.go()).toMatchObject({ outcome: "interrupted" });
    expect(run.elapsedMs()).toBeLessThan(40_000);
    expect((await run.progress()).chunks.running).toBe(0);
  });

  it("is waited for as long as the service asks", async () => {
    const run = await withOutage(60, 100_000, {}, { retryAfterMs: 45_000 });
    await run.go();
    expect(run.failures()).toBeLessThanOrEqual(6);
  });

  it("in LWT mode is waited for by the page, not by its rows", async () => {
    const run = await withOutage(40, 400_000, { writeMode: "lwt" });
    // Every row is lost to an application once, and read again, during the outage too.
    let raced = 0;
    run.cluster.onRequest((request) => {
      if (request.kind !== "compareAndSet" || raced >= ROWS / 2) return;
      raced += 1;
      run.table.update(request.key, old({ email: `later ${raced}` }));
    });
    expect(await run.go()).toMatchObject({ outcome: "done", totals: { quarantined: 0 } });
    expect(run.elapsedMs()).toBeGreaterThan(400_000);
  });
});

it("a refusal stops the job at once", async () => {
  const run = await openRun();
  run.table.insert(key("k"), old({ email: "1" }));
  await run.clock.advance(60_000);
  const refused = new RekeyError("KEY.REFUSED", "key old is disabled");
  const previous = { ...testKey("old"), decrypt: async () => Promise.reject(refused) };
  const going = run.run({}, { keyrings: new Keyrings({ target: testKey("new"), previous: [previous] }) });
  await expect(going).rejects.toBe(refused);
  expect(run.clock.monotonicMs()).toBeLessThan(70_000);
});
