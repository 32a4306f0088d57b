import type { Limit } from "@cassandra-rekey/core";
import { expect, test } from "vitest";
import { QueueSimulation } from "../../src/throttle/queue-simulation.ts";

const fixed = (limit: Limit) => ({ limit: () => limit, observe() {}, async [Symbol.asyncDispose]() {} });
// A read is eight times a write, and one in eleven: a request takes 18/11 of 2 ms on average.
const CAPACITY = (4 * 1000) / ((2 * 18) / 11);

function mean(simulation: QueueSimulation, seconds: number) {
  const all = simulation.seconds(seconds);
  return {
    done: all.reduce((sum, { done }) => sum + done[0]!, 0) / seconds,
    foregroundMs: all.reduce((sum, { foreground }) => sum + foreground.meanMs, 0) / seconds,
  };
}

test("throughput grows with what is in flight up to what the servers can do", () => {
  const done = (inFlight: number) => {
    const simulation = new QueueSimulation({ servers: 4, serviceMs: 2 });
    simulation.add(fixed({ inFlight }));
    return mean(simulation, 30).done;
  };
  expect(done(1) / CAPACITY).toBeCloseTo(0.25, 1);
  expect(done(2) / CAPACITY).toBeCloseTo(0.5, 1);
  expect(done(64) / CAPACITY).toBeCloseTo(1, 1);
});

test("an application feels what is in flight", () => {
  const simulation = new QueueSimulation({ servers: 4, serviceMs: 2 });
  simulation.foregroundPerSecond = 400;
  const throttle = { ...fixed({}), now: 1 };
  simulation.add({ ...throttle, limit: () => ({ inFlight: throttle.now }) });
  const calm = mean(simulation, 20).foregroundMs;
  throttle.now = 64;
  expect(mean(simulation, 20).foregroundMs).toBeGreaterThan(calm * 5);
});

test("nothing is sent under a hold, and nothing is served in a stall", () => {
  const simulation = new QueueSimulation({ servers: 4, serviceMs: 2 });
  const limit: { hold?: string } = { hold: "why" };
  simulation.add(fixed(limit));
  expect(mean(simulation, 5).done).toBe(0);
  delete limit.hold;
  simulation.stalled = true;
  expect(mean(simulation, 5).done).toBe(0);
  simulation.stalled = false;
  expect(mean(simulation, 5).done).toBeGreaterThan(0);
});

test("the same seed gives the same course", () => {
  const course = () => {
    const simulation = new QueueSimulation({ servers: 3, serviceMs: 1, seed: 7 });
    simulation.foregroundPerSecond = 300;
    simulation.add(fixed({ inFlight: 5 }));
    return simulation.seconds(5);
  };
  expect(course()).toEqual(course());
});
