import { type QueueServer, QueueSimulation, type SimulatedSecond } from "@cassandra-rekey/testkit";
import { AdaptiveThrottle } from "../src/adaptive-throttle.ts";
import { adaptiveOptions } from "../src/index.ts";

/** A simulated server with `clients` adaptive throttles in front of it. */
export function simulated(server: QueueServer, clients = 1): QueueSimulation {
  const simulation = new QueueSimulation(server);
  for (let client = 0; client < clients; client += 1) simulation.add(adaptive(simulation));
  return simulation;
}

export function adaptive(simulation: QueueSimulation): AdaptiveThrottle {
  const clock = { ...simulation.clock, sleep: async () => {} };
  return new AdaptiveThrottle({ options: adaptiveOptions.parse({}), clock });
}

/** What the best fixed limit gets done in a second. */
export function bestFixed(server: QueueServer): number {
  const rates = [2, 4, 8, 16, 32, 64, 128].map((inFlight) => {
    const simulation = new QueueSimulation(server);
    simulation.add({ limit: () => ({ inFlight }), observe() {}, async [Symbol.asyncDispose]() {} });
    simulation.seconds(3);
    return rateOf(simulation.seconds(7));
  });
  return Math.max(...rates);
}

/** Requests a second of one client. */
export function rateOf(seconds: readonly SimulatedSecond[], client = 0): number {
  return seconds.reduce((sum, { done }) => sum + done[client]!, 0) / seconds.length;
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
