import { pollingThrottle } from "@cassandra-rekey/core";
import { describeThrottle, ManualClock } from "@cassandra-rekey/testkit";
import { describe, expect, it, test } from "vitest";
import { ClusterLoad } from "../src/cluster-load.ts";
import { loadOptions } from "../src/load-options.ts";

/** Nodes with a p99 each; `undefined` does not answer. */
type Nodes = Map<string, number | undefined>;

function open(clock: ManualClock, nodes: Nodes, criticalFactor?: number) {
  const load = new ClusterLoad({
    hosts: () => [...nodes.keys()],
    ask: async (host) => {
      const value = nodes.get(host);
      if (value === undefined) throw new RangeError("timed out");
      return [{ what: "read p99", value, threshold: 50, unit: "ms" }];
    },
    mostPerNode: 32,
    criticalFactor,
    clock,
  });
  return pollingThrottle(load, { intervalMs: 5_000, clock });
}

const nodes: Nodes = new Map();
const [one, hot, other] = ["10.0.0.1:9042", "10.0.0.2:9042", "10.0.0.3:9042"] as const;
describeThrottle(
  { describe, it },
  {
    name: "the cluster-load throttle",
    create: (clock) => {
      for (const host of [one, hot, other]) nodes.set(host, 10);
      return open(clock, nodes);
    },
    press: async (_, clock) => {
      nodes.set(hot, 400);
      await clock.advance(15_000);
    },
    relieve: async (_, clock) => {
      nodes.set(hot, 10);
      await clock.advance(10_000);
    },
    measures: "itself",
  },
);

test("only hot nodes have a budget, and the hottest is named", async () => {
  const clock = new ManualClock();
  const cluster: Nodes = new Map([
    ["a", 10],
    ["b", 61],
    ["c", 10],
  ]);
  await using throttle = await open(clock, cluster);
  await clock.advance(5_000);
  cluster.set("c", 90);
  await clock.advance(5_000);
  expect(throttle.limit()).toEqual({
    perHost: new Map([
      ["b", 4],
      ["c", 16],
    ]),
    reason: "throttle-cluster-load: b read p99 61 ms > 50 ms for 10 s, 4 in flight there, and 1 more",
  });
});

test("a node that is gone takes its budget along; a new one is asked", async () => {
  const clock = new ManualClock();
  const cluster: Nodes = new Map([["a", 61]]);
  await using throttle = await open(clock, cluster);
  cluster.delete("a");
  cluster.set("d", 61);
  await clock.advance(5_000);
  expect([...throttle.limit().perHost!.keys()]).toEqual(["d"]);
});

test("one missed answer is forgiven, two are not", async () => {
  const clock = new ManualClock();
  const cluster: Nodes = new Map([["a", 10]]);
  await using throttle = await open(clock, cluster);
  cluster.set("a", undefined);
  await clock.advance(5_000);
  expect(throttle.limit()).toEqual({});
  await clock.advance(5_000);
  expect(throttle.limit().reason).toContain("a does not say how busy it is");
});

test("only misses in a row count", async () => {
  const clock = new ManualClock();
  const cluster: Nodes = new Map([["a", 10]]);
  await using throttle = await open(clock, cluster);
  for (let round = 0; round < 5; round += 1) {
    cluster.set("a", undefined);
    await clock.advance(5_000);
    cluster.set("a", 10);
    await clock.advance(5_000);
    expect(throttle.limit()).toEqual({});
  }
});

test("a reading many times over its threshold pauses the job", async () => {
  const clock = new ManualClock();
  const cluster: Nodes = new Map([["a", 499]]);
  await using throttle = await open(clock, cluster, 10);
  expect(throttle.limit().pause).toBeUndefined();
  cluster.set("a", 501);
  await clock.advance(5_000);
  expect(throttle.limit().pause).toBe("throttle-cluster-load: a read p99 501 ms > 50 ms, 10 times over");
  cluster.set("a", 60);
  await clock.advance(5_000);
  expect(throttle.limit().pause).toBeUndefined();
});

test.each([
  [{ read_p99_ms: 0 }, "read_p99_ms"],
  [{ pending_tasks: 1.5 }, "pending_tasks"],
  [{ critical_factor: 1 }, "critical_factor"],
  [{ read_p99: 50 }, "read_p99"],
])("%j is refused", (options, problem) => {
  expect(JSON.stringify(loadOptions.safeParse(options).error?.issues)).toContain(problem);
});
