import { ManualClock } from "@cassandra-rekey/testkit";
import { expect, test } from "vitest";
import { latencyOptions } from "../src/index.ts";
import { LatencyThrottle } from "../src/latency-throttle.ts";

function setUp(options: object) {
  const clock = new ManualClock();
  const throttle = new LatencyThrottle(latencyOptions.parse({ threshold_ms: 50, ...options }), clock);
  const reads = async (latencyMs: number, seconds: number) => {
    for (let read = 0; read < seconds * 10; read += 1) {
      await clock.advance(100);
      throttle.observe({ kind: "read", rows: 1, bytes: 1, latencyMs });
    }
  };
  return { clock, throttle, reads };
}

test("above the critical latency the job is to be paused, until the reading is over", async () => {
  const { clock, throttle, reads } = setUp({ critical_ms: 500 });
  await reads(499, 2);
  expect(throttle.limit().pause).toBeUndefined();
  await reads(900, 2);
  expect(throttle.limit().pause).toBe("throttle-latency: read p99 900 ms > 500 ms");
  // A paused job reads nothing.
  await clock.advance(11_000);
  expect(throttle.limit().pause).toBeUndefined();
});

test("also where there is no room to give way", async () => {
  const { throttle, reads } = setUp({ critical_ms: 500, min_in_flight: 4, max_in_flight: 4 });
  await reads(900, 2);
  expect(throttle.limit()).toEqual({ pause: "throttle-latency: read p99 900 ms > 500 ms" });
});

test("without it nothing is critical", async () => {
  const { throttle, reads } = setUp({});
  await reads(3_600_000, 5);
  expect(throttle.limit().pause).toBeUndefined();
});

test("a critical latency below the threshold is refused", () => {
  const { error } = latencyOptions.safeParse({ threshold_ms: 50, critical_ms: 49 });
  expect(error?.issues).toMatchObject([
    { path: ["critical_ms"], message: "must not be smaller than threshold_ms" },
  ]);
});
