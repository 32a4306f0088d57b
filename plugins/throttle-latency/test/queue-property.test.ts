import fc from "fast-check";
import { expect, test } from "vitest";
import type { LatencyOptions } from "../src/latency-throttle.ts";
import { type Cluster, QueueModel } from "./queue-model.ts";

const THRESHOLD_MS = 50;

const optionsOf = (pause: fc.Arbitrary<boolean>): fc.Arbitrary<LatencyOptions> =>
  fc
    .record({
      pause,
      window_seconds: fc.integer({ min: 1, max: 30 }),
      min: fc.integer({ min: 1, max: 8 }),
      more: fc.nat(60),
    })
    .map(({ pause, window_seconds, min, more }) => ({
      threshold_ms: THRESHOLD_MS,
      pause,
      window_seconds,
      min_in_flight: min,
      max_in_flight: min + more,
    }));

/** Clusters in which one more read in flight never takes the latency from below half the threshold to above it. */
const cluster: fc.Arbitrary<Cluster> = fc.record({
  servers: fc.integer({ min: 4, max: 64 }),
  serviceMs: fc.double({ min: 1, max: 40, noNaN: true }),
  load: fc.nat(20),
  noise: fc.double({ min: 0, max: 0.25, noNaN: true }),
});

test("under a steady load it settles: the limit is never lowered again, and the latency is kept", () => {
  fc.assert(
    fc.property(optionsOf(fc.constant(false)), cluster, (options, cluster) => {
      const model = new QueueModel(options, cluster);
      model.seconds(200);
      const later = model.seconds(100);
      expect(later).toEqual(later.toSorted((a, b) => a - b));
      const lowest = model.latencyMs(options.min_in_flight) * (1 + cluster.noise);
      if (lowest <= THRESHOLD_MS) expect(model.latencyMs()).toBeLessThanOrEqual(THRESHOLD_MS);
      else expect(model.inFlight).toBe(options.min_in_flight);
    }),
    { numRuns: 30 },
  );
});

test("after a stall it comes back to where the latency allows, and gives way while it lasts", () => {
  const stall = fc.record({
    seconds: fc.integer({ min: 12, max: 60 }),
    slowness: fc.integer({ min: 60, max: 1000 }),
  });
  fc.assert(
    fc.property(optionsOf(fc.boolean()), cluster, stall, (options, cluster, { seconds, slowness }) => {
      const model = new QueueModel(options, cluster);
      model.seconds(100);
      model.slowness = slowness;
      model.seconds(seconds);
      expect(model.inFlight).toBe(options.min_in_flight);
      model.slowness = 1;
      model.seconds(200);
      // Between half of the threshold and the threshold it neither lowers nor raises.
      const atMost = model.latencyMs() * (1 + cluster.noise) * 1.01;
      // The histogram has three digits: what is nearer to the threshold may be above it.
      if (model.latencyMs(options.min_in_flight) * (1 + cluster.noise) * 1.01 <= THRESHOLD_MS) {
        expect(model.held).toBe(false);
        expect(model.inFlight === options.max_in_flight || atMost >= THRESHOLD_MS / 2).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});

test("whatever it observes, the limit stays within its bounds, and every limit has a reason", () => {
  const observation = fc.record({
    seconds: fc.integer({ min: 0, max: 25 }),
    slowness: fc.oneof(fc.constant(0.01), fc.double({ min: 0.1, max: 100, noNaN: true })),
  });
  fc.assert(
    fc.property(
      optionsOf(fc.boolean()),
      cluster,
      fc.array(observation, { maxLength: 20 }),
      (options, cluster, all) => {
        const model = new QueueModel(options, cluster);
        for (const { seconds, slowness } of all) {
          model.slowness = slowness;
          for (const limit of model.seconds(seconds)) {
            expect(Number.isInteger(limit)).toBe(true);
            expect(limit).toBeGreaterThanOrEqual(options.min_in_flight);
            expect(limit).toBeLessThanOrEqual(options.max_in_flight);
            const { inFlight, hold, reason } = model.throttle.limit();
            if (inFlight !== undefined) expect(reason).toMatch(/^throttle-latency: .*read p99/);
            if (hold !== undefined) expect(options.pause).toBe(true);
          }
        }
      },
    ),
  );
});

test("with pause, a cluster that stays slow is asked for a second once a window", () => {
  const options = {
    threshold_ms: THRESHOLD_MS,
    pause: true,
    window_seconds: 10,
    min_in_flight: 1,
    max_in_flight: 16,
  };
  const model = new QueueModel(options, { servers: 4, serviceMs: 80, load: 2, noise: 0 });
  model.seconds(20);
  const held = Array.from({ length: 110 }, () => {
    model.second();
    return model.held;
  });
  expect(held.filter((each) => !each)).toHaveLength(10);
});
