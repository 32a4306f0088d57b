import fc from "fast-check";
import { expect, test } from "vitest";
import { adaptive, bestFixed, meanOf, rateOf, simulated } from "./simulated.ts";

// More of them at night.
const TIMES = Number(process.env["REKEY_TEST_TIMES"] ?? 1);

const server = fc.record({
  servers: fc.integer({ min: 2, max: 24 }),
  serviceMs: fc.double({ min: 4, max: 12, noNaN: true }),
  seed: fc.nat(1e6),
});
type Server = typeof server extends fc.Arbitrary<infer Value> ? Value : never;

/** Small requests a second that a server can do. */
const capacity = ({ servers, serviceMs }: Server) => (servers * 1000) / serviceMs;

test("within a minute it reaches 0.9 of the best fixed limit on an idle server", () => {
  fc.assert(
    fc.property(server, (server) => {
      const simulation = simulated(server);
      simulation.seconds(50);
      expect(rateOf(simulation.seconds(9))).toBeGreaterThanOrEqual(0.9 * bestFixed(server));
    }),
    { numRuns: 3 * TIMES, endOnFailure: true },
  );
});

test("it settles: under a steady load the limit keeps near its mean", () => {
  fc.assert(
    fc.property(server, fc.constantFrom(0, 0.3, 0.6), (server, load) => {
      const simulation = simulated(server);
      simulation.foregroundPerSecond = capacity(server) * load;
      simulation.seconds(61);
      const limits = simulation.seconds(58).map(({ inFlight }) => inFlight[0]!);
      const mean = meanOf(limits);
      const deviation = Math.sqrt(meanOf(limits.map((limit) => (limit - mean) ** 2)));
      expect(deviation).toBeLessThanOrEqual(Math.max(1, 0.2 * mean));
      expect(Math.max(...limits)).toBeLessThanOrEqual(2 * mean + 2);
    }),
    { numRuns: 3 * TIMES, endOnFailure: true },
  );
});

test("as the load of an application grows, it gives way, and is never starved", () => {
  fc.assert(
    fc.property(server, (server) => {
      const simulation = simulated(server);
      simulation.seconds(30);
      const limits = [0, 0.3, 0.6, 0.85].map((load) => {
        simulation.foregroundPerSecond = capacity(server) * load;
        simulation.seconds(10);
        const seconds = simulation.seconds(20);
        expect(rateOf(seconds)).toBeGreaterThan(0);
        // A queue that only grew would take seconds to get through.
        expect(seconds.at(-1)!.foreground.meanMs).toBeLessThan(40 * server.serviceMs);
        return meanOf(seconds.map(({ inFlight }) => inFlight[0]!));
      });
      expect(limits).toEqual(limits.toSorted((a, b) => b - a));
      expect(limits.at(-1)!).toBeLessThanOrEqual(Math.max(3, 0.5 * limits[0]!));
      simulation.foregroundPerSecond = 0;
      simulation.seconds(60);
      expect(rateOf(simulation.seconds(20))).toBeGreaterThanOrEqual(0.85 * bestFixed(server));
    }),
    { numRuns: 3 * TIMES, endOnFailure: true },
  );
});

test("after a stall it comes back", () => {
  fc.assert(
    fc.property(server, fc.integer({ min: 2, max: 90 }), (server, stallSeconds) => {
      const simulation = simulated(server);
      simulation.seconds(40);
      simulation.stalled = true;
      simulation.seconds(stallSeconds);
      simulation.stalled = false;
      simulation.seconds(60);
      expect(rateOf(simulation.seconds(20))).toBeGreaterThanOrEqual(0.85 * bestFixed(server));
    }),
    { numRuns: 3 * TIMES, endOnFailure: true },
  );
});

test("processes share fairly, also with one that comes later", () => {
  const larger = fc.record({
    servers: fc.integer({ min: 12, max: 20 }),
    serviceMs: fc.double({ min: 10, max: 20, noNaN: true }),
    seed: fc.nat(1e6),
  });
  fc.assert(
    fc.property(larger, fc.integer({ min: 0, max: 50 }), (server, laterSeconds) => {
      const simulation = simulated(server, 2);
      simulation.seconds(10 + laterSeconds);
      simulation.add(adaptive(simulation));
      simulation.seconds(300);
      const seconds = simulation.seconds(120);
      const rates = [0, 1, 2].map((client) => rateOf(seconds, client));
      expect(Math.min(...rates)).toBeGreaterThanOrEqual(Math.max(...rates) / 3);
    }),
    { numRuns: 3 * TIMES, endOnFailure: true },
  );
});
