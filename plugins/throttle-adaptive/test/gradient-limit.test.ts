import { ManualClock } from "@cassandra-rekey/testkit";
import { expect, test } from "vitest";
import { GradientLimit } from "../src/gradient-limit.ts";

const OPTIONS = { tolerance: 1.5, min_in_flight: 2, max_in_flight: 64 };

function setUp() {
  const clock = new ManualClock();
  const gradient = new GradientLimit(OPTIONS, clock);
  /** Seconds in which as much is in flight as is allowed, each request taking so long. */
  const seconds = async (count: number, latencyMs: number, error?: string) => {
    for (let tick = 0; tick < count * 10; tick += 1) {
      await clock.advance(100);
      const ended = Math.max(1, Math.round((gradient.inFlight * 100) / latencyMs));
      for (let each = 0; each < ended; each += 1)
        gradient.observe({
          kind: each % 5 === 0 ? "read" : "write",
          rows: 1,
          bytes: 1,
          latencyMs,
          ...(error && { error }),
        });
    }
  };
  return { clock, gradient, seconds };
}

test("it listens first, then doubles until latency rises", async () => {
  const { gradient, seconds } = setUp();
  expect([gradient.isListening, gradient.inFlight]).toEqual([true, 2]);
  await seconds(1, 10);
  expect(gradient.isListening).toBe(false);
  const limits: number[] = [];
  for (let step = 0; step < 5; step += 1) {
    await seconds(0.3, 10);
    limits.push(gradient.inFlight);
  }
  expect(limits).toEqual([4, 8, 16, 32, 64]);
  await seconds(3, 20);
  expect(gradient.inFlight).toBeLessThan(50);
  expect(gradient.reading).toEqual({ inflation: 2, unloaded: { read: 10, write: 10 } });
});

test("it falls by no more than half in a second, and not below its minimum", async () => {
  const { gradient, seconds } = setUp();
  await seconds(6, 10);
  const before = gradient.inFlight;
  await seconds(1, 1_000);
  expect(gradient.inFlight).toBeGreaterThanOrEqual(before / 2);
  await seconds(30, 1_000);
  expect(gradient.inFlight).toBeLessThanOrEqual(3);
});

test("a limit that is not used does not rise", async () => {
  const { clock, gradient, seconds } = setUp();
  await seconds(5, 10);
  const before = gradient.inFlight;
  for (let tick = 0; tick < 100; tick += 1) {
    await clock.advance(100);
    gradient.observe({ kind: "write", rows: 1, bytes: 1, latencyMs: 10 });
  }
  expect(gradient.inFlight).toBe(before);
});

test("overload halves it whatever the latency of what got through; other failures don't", async () => {
  const { gradient, seconds } = setUp();
  await seconds(7, 10);
  const before = gradient.inFlight;
  await seconds(1, 10, "CLUSTER.INVALID_QUERY");
  expect(gradient.inFlight).toBe(before);
  await seconds(1, 10, "CLUSTER.OVERLOADED");
  expect(gradient.inFlight).toBe(before / 2);
});

test("at each full minute it listens again, to what was sent since then alone", async () => {
  const { clock, gradient, seconds } = setUp();
  await seconds(50, 10);
  const before = gradient.inFlight;
  await clock.advance(60_000 - (clock.wallMs() % 60_000));
  gradient.observe({ kind: "write", rows: 1, bytes: 1, latencyMs: 5 });
  expect([gradient.isListening, gradient.inFlight]).toEqual([true, 2]);
  for (let each = 0; each < 100; each += 1)
    gradient.observe({ kind: "write", rows: 1, bytes: 1, latencyMs: 500 });
  await seconds(2, 8);
  expect(gradient.isListening).toBe(false);
  expect(gradient.inFlight).toBeGreaterThanOrEqual(before * 0.9);
  await seconds(1, 8);
  expect(gradient.reading!.unloaded).toEqual({ read: 8, write: 8 });
});
