import { ManualClock } from "@cassandra-rekey/testkit";
import { describe, expect, test } from "vitest";
import { type LatencyOptions, LatencyThrottle } from "../src/latency-throttle.ts";

const OPTIONS: LatencyOptions = {
  threshold_ms: 50,
  pause: false,
  window_seconds: 10,
  min_in_flight: 1,
  max_in_flight: 64,
};

function setUp(options: Partial<LatencyOptions> = {}) {
  const clock = new ManualClock();
  const throttle = new LatencyThrottle({ ...OPTIONS, ...options }, clock);
  /** Reads of this latency for so many seconds, ten a second. */
  const reads = async (latencyMs: number, seconds: number) => {
    for (let read = 0; read < seconds * 10; read += 1) {
      await clock.advance(100);
      throttle.observe({ kind: "read", rows: 100, bytes: 1000, latencyMs });
    }
  };
  const inFlight = () => throttle.limit().inFlight ?? "no limit";
  return { clock, throttle, reads, inFlight };
}

test("no limit and no reason while reads are fast", async () => {
  const { throttle, reads } = setUp();
  expect(throttle.limit()).toEqual({});
  await reads(10, 30);
  expect(throttle.limit()).toEqual({});
});

test("it halves each second above the threshold, down to the lowest", async () => {
  const { reads, inFlight } = setUp({ min_in_flight: 3 });
  const limits: unknown[] = [];
  for (let second = 0; second < 7; second += 1) {
    await reads(61, 1);
    limits.push(inFlight());
  }
  expect(limits).toEqual([32, 16, 8, 4, 3, 3, 3]);
});

test("a p99 just below the threshold is not above it", async () => {
  const { reads, inFlight } = setUp({ threshold_ms: 64.1 });
  await reads(64, 5);
  expect(inFlight()).toBe("no limit");
});

test("one slow read in a hundred is no reason; a few are", async () => {
  const { reads, inFlight } = setUp({ window_seconds: 60 });
  await reads(10, 20);
  await reads(400, 0.1);
  await reads(10, 20);
  expect(inFlight()).toBe("no limit");
  await reads(400, 0.5);
  await reads(10, 1);
  expect(inFlight()).toBe(32);
});

test("it stays between half of the threshold and the threshold, and rises by one a second below", async () => {
  const { reads, inFlight } = setUp();
  await reads(61, 3);
  expect(inFlight()).toBe(8);
  await reads(30, 20);
  expect(inFlight()).toBe(8);
  await reads(20, 12);
  const before = inFlight() as number;
  expect(before).toBeGreaterThan(8);
  await reads(20, 5);
  expect(inFlight()).toBe(before + 5);
  await reads(20, 100);
  expect(inFlight()).toBe("no limit");
});

test("what was measured before a halving does not count after it", async () => {
  const { reads, inFlight } = setUp();
  await reads(61, 1);
  await reads(20, 5);
  expect(inFlight()).toBe(37);
});

test("writes don't count", async () => {
  const { clock, throttle } = setUp();
  for (let write = 0; write < 100; write += 1) {
    await clock.advance(100);
    throttle.observe({ kind: "write", rows: 1, bytes: 10, latencyMs: 900 });
  }
  expect(throttle.limit()).toEqual({});
});

test("a read that timed out is slow; one that failed at once is not fast", async () => {
  const { clock, throttle, reads, inFlight } = setUp();
  const failed = async (latencyMs: number, error: string, seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      await clock.advance(1000);
      throttle.observe({ kind: "read", rows: 0, bytes: 0, latencyMs, error });
    }
  };
  await failed(5000, "CLUSTER.TIMEOUT", 2);
  expect(inFlight()).toBe(16);
  await reads(40, 1);
  await failed(1, "CLUSTER.UNAVAILABLE", 20);
  expect(inFlight()).toBe(16);
});

describe("the reason", () => {
  test("names the reading, the threshold, for how long, the average and the limit", async () => {
    const { throttle, reads } = setUp();
    await reads(61, 13);
    expect(throttle.limit()).toEqual({
      inFlight: 1,
      reason: "throttle-latency: read p99 61 ms > 50 ms for 12 s (mean 61 ms), 1 of 64 in flight",
    });
  });

  test("the average moves by a fifth with each reading", async () => {
    const { throttle, reads } = setUp();
    await reads(10, 1);
    await reads(110, 1);
    expect(throttle.limit().reason).toContain("p99 110 ms > 50 ms for 0 s (mean 30 ms)");
  });

  test("says when the p99 is back", async () => {
    const { throttle, reads } = setUp();
    await reads(61, 2);
    await reads(30.06, 1);
    expect(throttle.limit().reason).toBe("throttle-latency: read p99 back to 30.1 ms, 16 of 64 in flight");
  });

  test("does not go on about a reading that is older than the window", async () => {
    const { clock, throttle, reads } = setUp();
    await reads(61, 2);
    await clock.advance(9_900);
    expect(throttle.limit().reason).toContain("> 50 ms for 11 s");
    await clock.advance(100);
    expect(throttle.limit()).toEqual({
      inFlight: 16,
      reason: "throttle-latency: no read p99 yet, trying with 16 of 64 in flight",
    });
  });
});

describe("with pause", () => {
  test("it holds when the lowest limit does not help, and tries again after a window", async () => {
    const { clock, throttle, reads } = setUp({ pause: true, max_in_flight: 4 });
    await reads(61, 2);
    expect(throttle.limit()).toMatchObject({ inFlight: 1 });
    expect(throttle.limit().hold).toBeUndefined();
    await reads(61, 1);
    const held = "throttle-latency: read p99 61 ms > 50 ms for 2 s (mean 61 ms), 1 of 4 in flight";
    expect(throttle.limit()).toEqual({ inFlight: 1, hold: held, reason: held });
    await clock.advance(9_999);
    expect(throttle.limit().hold).toContain("for 12 s");
    await clock.advance(1);
    expect(throttle.limit()).toEqual({
      inFlight: 1,
      reason: "throttle-latency: no read p99 yet, trying with 1 of 4 in flight",
    });
  });

  test("one second of slow reads after a hold is enough for the next", async () => {
    const { clock, throttle, reads } = setUp({ pause: true, max_in_flight: 1 });
    await reads(61, 1);
    expect(throttle.limit().hold).toBeDefined();
    await clock.advance(10_000);
    expect(throttle.limit().hold).toBeUndefined();
    await reads(61, 0.9);
    expect(throttle.limit().hold).toBeUndefined();
    await reads(61, 0.1);
    expect(throttle.limit().hold).toContain("for 0 s");
  });

  test("fast reads after a hold raise the limit again", async () => {
    const { clock, throttle, reads } = setUp({ pause: true, max_in_flight: 4 });
    await reads(61, 3);
    await clock.advance(10_000);
    await reads(5, 4);
    expect(throttle.limit()).toEqual({});
  });

  test("reads that were under way when it began change nothing", async () => {
    const { clock, throttle, reads } = setUp({ pause: true, max_in_flight: 1 });
    await reads(61, 1);
    const before = throttle.limit();
    throttle.observe({ kind: "read", rows: 1, bytes: 1, latencyMs: 1 });
    expect(throttle.limit()).toEqual(before);
    await clock.advance(1_500);
    throttle.observe({ kind: "read", rows: 1, bytes: 1, latencyMs: 9000 });
    await clock.advance(8_500);
    expect(throttle.limit().hold).toBeUndefined();
  });

  test("without it, the lowest limit is all", async () => {
    const { throttle, reads } = setUp({ max_in_flight: 2 });
    await reads(61, 60);
    expect(throttle.limit().hold).toBeUndefined();
    expect(throttle.limit().inFlight).toBe(1);
  });
});

test("another threshold applies at the next step, and its own comes back", async () => {
  const { throttle, reads, inFlight } = setUp();
  await reads(40, 2);
  expect(inFlight()).toBe("no limit");
  expect(throttle.tune({ thresholdMs: 20 })).toBe(true);
  await reads(40, 1);
  expect(inFlight()).toBe(32);
  expect(throttle.limit().reason).toContain("read p99 40 ms > 20 ms");
  throttle.tune({});
  await reads(10, 1);
  expect(inFlight()).toBe(33);
});
