import { pollingThrottle } from "@cassandra-rekey/core";
import { describeThrottle, ManualClock } from "@cassandra-rekey/testkit";
import { describe, expect, it, test } from "vitest";
import { ClusterHealth } from "../src/cluster-health.ts";

/** What is going on; `undefined`: nobody answers. */
interface Cluster {
  troubles: readonly string[] | undefined;
}

function open(clock: ManualClock, cluster: Cluster) {
  const health = new ClusterHealth({
    async troubles() {
      if (cluster.troubles === undefined) throw new RangeError("timed out");
      return cluster.troubles;
    },
    clock,
  });
  return pollingThrottle(health, { intervalMs: 10_000, clock });
}

const cluster: Cluster = { troubles: [] };
describeThrottle(
  { describe, it },
  {
    name: "the cluster-health throttle",
    create: (clock) => {
      cluster.troubles = [];
      return open(clock, cluster);
    },
    press: async (_, clock) => {
      cluster.troubles = ["10.0.0.3:9042 is down"];
      await clock.advance(10_000);
    },
    relieve: async (_, clock) => {
      cluster.troubles = [];
      await clock.advance(10_000);
    },
    measures: "itself",
  },
);

test("the hold says what is going on and for how long, and ends with it", async () => {
  const clock = new ManualClock();
  const troubled: Cluster = { troubles: ["a is down", "b is joining"] };
  await using throttle = await open(clock, troubled);
  await clock.advance(30_000);
  expect(throttle.limit().hold).toBe("throttle-cluster-health: a is down for 30 s, and 1 more");
  troubled.troubles = ["b is joining"];
  await clock.advance(10_000);
  expect(throttle.limit().hold).toBe("throttle-cluster-health: b is joining for 40 s");
  troubled.troubles = [];
  await clock.advance(10_000);
  expect(throttle.limit()).toEqual({});
});

test("one look without an answer is forgiven, two are not", async () => {
  const clock = new ManualClock();
  const silent: Cluster = { troubles: [] };
  await using throttle = await open(clock, silent);
  silent.troubles = undefined;
  await clock.advance(10_000);
  expect(throttle.limit()).toEqual({});
  await clock.advance(10_000);
  expect(throttle.limit().hold).toContain("no node says how the cluster is");
});
