import { type Checkpoint, RekeyError, type StateStore, ZERO_TOTALS } from "@cassandra-rekey/core";
import { ManualClock, MemoryStateStore, SeededRandom } from "@cassandra-rekey/testkit";
import { describe, expect, it } from "vitest";
import { HeldChunk } from "../../src/executor/held-chunk.ts";
import { splitRing } from "../../src/planner/split-ring.ts";
import { planned } from "../simulated-job.ts";

const LEASE_MS = 60_000;
const outage = new RekeyError("STATE.UNAVAILABLE", "made up");
const totals = { ...ZERO_TOTALS, scanned: 5 };

async function hold(options: { aborted?: boolean; claimTookMs?: number } = {}) {
  const clock = new ManualClock();
  const random = new SeededRandom(1);
  const store = new MemoryStateStore(clock, random);
  const controller = new AbortController();
  const { signal } = controller;
  await store.createJob(planned("j", splitRing(1)), signal);
  const claimedAtMs = clock.monotonicMs();
  await clock.advance(options.claimTookMs ?? 0);
  const claim = await store.claim("j", "w1", LEASE_MS, signal);
  if (claim.kind !== "chunk") throw new TypeError("nothing to claim");
  if (options.aborted) controller.abort("stopped at once");
  const parts = {
    store,
    clock,
    random,
    ...claim,
    leaseMs: LEASE_MS,
    claimedAtMs,
    checkpointIntervalMs: 1_000,
  };
  const sent: Checkpoint[] = [];
  const calls: (keyof StateStore)[] = [];
  const checkpoint = store.checkpoint.bind(store);
  store.checkpoint = (lease, progress, until) => {
    sent.push(progress);
    return checkpoint(lease, progress, until);
  };
  store.beforeCall = (call) => {
    calls.push(call);
  };
  const held = new HeldChunk(parts, signal);
  return { clock, store, controller, held, sent, calls };
}

describe("progress", () => {
  it("is stored no more often than the store wants, always the newest", async () => {
    const { clock, held, sent } = await hold();
    await held.advance("c1", totals);
    expect(sent).toEqual([]);
    await clock.advance(1_000);
    await held.advance("c2", totals);
    await held.advance("c3", totals);
    expect(sent).toEqual([{ seq: 1, cursor: "c2", totals }]);
    expect(held.cursor).toBe("c3");
    await held[Symbol.asyncDispose]();
  });

  it("repeats a checkpoint under the same sequence number until it is answered", async () => {
    const { clock, store, held, sent } = await hold();
    await clock.advance(1_000);
    let failures = 2;
    store.beforeCall = () => {
      if (failures-- > 0) throw outage;
    };
    await clock.run(held.advance("c1", totals));
    expect(sent.map(({ seq }) => seq)).toEqual([1, 1, 1]);
    await clock.advance(1_000);
    await held.advance("c2", totals);
    expect(sent.at(-1)!.seq).toBe(2);
    await held[Symbol.asyncDispose]();
  });

  it("is given back with the chunk", async () => {
    const { clock, store, controller, held } = await hold();
    await held.advance("c1", totals);
    expect(await clock.run(held.release(controller.signal))).toBe("held");
    await held[Symbol.asyncDispose]();
    const again = await store.claim("j", "w2", LEASE_MS, controller.signal);
    expect(again).toMatchObject({ kind: "chunk", chunk: { cursor: "c1", totals, attempt: 0 } });
  });

  it("counts a failed attempt and keeps its error", async () => {
    const { clock, store, controller, held } = await hold();
    expect(await clock.run(held.fail("CLUSTER.INVALID_QUERY: no", false))).toBe("held");
    await held[Symbol.asyncDispose]();
    const [progress] = await store.progress("j", controller.signal);
    expect(progress).toMatchObject({ lastError: "CLUSTER.INVALID_QUERY: no", chunks: { pending: 1 } });
    const again = await store.claim("j", "w2", LEASE_MS, controller.signal);
    expect(again).toMatchObject({ chunk: { attempt: 1 } });
  });
});

describe("the lease", () => {
  it("is kept alive while a page takes long", async () => {
    const { clock, held, store, controller } = await hold();
    await clock.advance(10 * LEASE_MS);
    expect(held.isLost).toBe(false);
    expect(await store.claim("j", "w2", LEASE_MS, controller.signal)).toMatchObject({ kind: "wait" });
    expect(await clock.run(held.finish(totals))).toBe("held");
    await held[Symbol.asyncDispose]();
  });

  it("is not renewed by beats while pages renew it", async () => {
    const { clock, held, sent } = await hold();
    for (let n = 0; n < 60; n += 1) {
      await clock.advance(2_000);
      await held.advance(`c${n}`, totals);
    }
    expect(sent.map(({ cursor }) => cursor)).toEqual(Array.from({ length: 60 }, (_, n) => `c${n}`));
    await held[Symbol.asyncDispose]();
  });

  it("is lost when another took the chunk, and everything in hand is dropped", async () => {
    const { clock, store, held, controller } = await hold();
    await store.reclaim("j", 0, controller.signal);
    await store.claim("j", "w2", LEASE_MS, controller.signal);
    await clock.advance(LEASE_MS / 2);
    expect(held.isLost).toBe(true);
    expect(held.signal.aborted).toBe(true);
    expect(await clock.run(held.finish(totals))).toBe("lost");
    await held[Symbol.asyncDispose]();
    const [progress] = await store.progress("j", controller.signal);
    expect(progress!.chunks).toMatchObject({ running: 1, done: 0 });
  });

  it.each([
    ["fails", () => Promise.reject(outage)],
    ["never answers", () => new Promise<void>(() => {})],
  ])("is lost in time when the store %s", async (_, beforeCall) => {
    const { clock, store, held } = await hold();
    store.beforeCall = beforeCall;
    await clock.advance(LEASE_MS - 1);
    expect(held.isLost).toBe(false);
    await clock.advance(LEASE_MS / 6 + 1);
    expect(held.isLost).toBe(true);
  });

  it("counts from before the claim was sent", async () => {
    const { clock, store, held } = await hold({ claimTookMs: LEASE_MS / 2 });
    store.beforeCall = () => Promise.reject(outage);
    await clock.advance((LEASE_MS * 4) / 6);
    expect(held.isLost).toBe(true);
  });

  it("may be over unnoticed after a suspension: then the store says so", async () => {
    const { clock, store, held, controller } = await hold();
    clock.suspend(2 * LEASE_MS);
    await store.reclaim("j", 0, controller.signal);
    expect(held.isLost).toBe(false);
    expect(await clock.run(held.finish(totals))).toBe("lost");
    expect(held.isLost).toBe(true);
    await held[Symbol.asyncDispose]();
  });
});

describe("an abort", () => {
  it("ends what is in hand, and is not a lost lease", async () => {
    const { held, controller } = await hold();
    controller.abort("stopped at once");
    expect(held.signal.reason).toBe("stopped at once");
    expect(held.isLost).toBe(false);
    await held[Symbol.asyncDispose]();
  });

  it("is seen also when it came before the chunk was held", async () => {
    const { held } = await hold({ aborted: true });
    expect(held.signal.aborted).toBe(true);
    await held[Symbol.asyncDispose]();
  });

  it("lets the lease go within its own time", async () => {
    const { clock, held, controller, calls } = await hold();
    controller.abort("stopped at once");
    expect(await clock.run(held.release(clock.timeout(1_000)))).toBe("held");
    expect(calls).toContain("release");
    await held[Symbol.asyncDispose]();
  });
});
