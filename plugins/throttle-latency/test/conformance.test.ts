import type { Throttle } from "@cassandra-rekey/core";
import { describeThrottle, type ManualClock, throttleContext } from "@cassandra-rekey/testkit";
import { describe, it } from "vitest";
import plugin from "../src/index.ts";

/** Ten reads a second, of the same latency. */
async function reads(throttle: Throttle, clock: ManualClock, latencyMs: number, seconds: number) {
  for (let read = 0; read < seconds * 10; read += 1) {
    await clock.advance(100);
    throttle.observe({ kind: "read", rows: 1, bytes: 1, latencyMs });
  }
}

describe.each([
  ["that only slows down", { threshold_ms: 50 }],
  ["that pauses", { threshold_ms: 50, pause: true, max_in_flight: 4 }],
])("%s", (_, options) => {
  describeThrottle(
    { describe, it },
    {
      name: "the latency throttle",
      create: async (clock) => {
        const { latency } = plugin.throttles!;
        const parsed = await latency!.options["~standard"].validate(options);
        return latency!.create((parsed as { value: unknown }).value, throttleContext(clock));
      },
      press: (throttle, clock) => reads(throttle, clock, 61, 4),
      relieve: async (throttle, clock) => {
        await clock.advance(10_000);
        await reads(throttle, clock, 5, 10);
      },
      measures: "samples",
    },
  );
});
