import { beforeAll, describe, expect, test, vi } from "vitest";
import { ClusterInspector } from "../src/cluster-inspector.ts";
import { useReal } from "./real-cluster.ts";

const cluster = useReal();
let inspector: ClusterInspector;
beforeAll(async () => {
  inspector = new ClusterInspector(cluster.session);
});

test("the cluster has a name, a version and a partitioner", async () => {
  expect(await inspector.cluster()).toEqual({
    name: expect.stringMatching(/./),
    version: cluster.session.hosts()[0]!.version,
    partitioner: "Murmur3Partitioner",
  });
});

test("the settings are read by name", async () => {
  const settings = await inspector.settings();
  expect(settings?.get("partitioner")).toContain("Murmur3Partitioner");
  expect(Number(settings?.get("unlogged_batch_across_partitions_warn_threshold"))).toBeGreaterThan(0);
});

describe("the size of a table", () => {
  test("is not known before a node has looked at it", async () => {
    await cluster.run("CREATE TABLE ks.unseen (id int PRIMARY KEY)");
    expect(await inspector.tableSize(cluster.keyspace, "unseen")).toBeUndefined();
    expect(await inspector.tableSize(cluster.keyspace, "no_such_table")).toBeUndefined();
  });

  test("is summed over the ranges that the node is the first replica of", async () => {
    const estimate = (type: string, start: string, partitions: number, mean: number) =>
      cluster.run(
        `INSERT INTO system.table_estimates (keyspace_name, table_name, range_type, range_start, range_end,
           partitions_count, mean_partition_size)
         VALUES ('${cluster.keyspace}', 'seen', '${type}', '${start}', 'end', ${partitions}, ${mean})`,
      );
    await estimate("local_primary", "1", 10, 200);
    await estimate("local_primary", "2", 5, 1000);
    await estimate("primary", "1", 3, 3);
    try {
      expect(await inspector.tableSize(cluster.keyspace, "seen")).toEqual({ partitions: 15, bytes: 7000 });
      expect(await inspector.tableSize(cluster.keyspace, "unseen")).toBeUndefined();
    } finally {
      await cluster.run(`DELETE FROM system.table_estimates WHERE keyspace_name = '${cluster.keyspace}'`);
    }
  });
});

describe("the clock difference", () => {
  test("is small on one machine, and its error is known", async () => {
    const { aheadMs, withinMs } = await inspector.clockDifference(() => Date.now());
    expect(Math.abs(aheadMs)).toBeLessThanOrEqual(withinMs + 1000);
    expect(withinMs).toBeGreaterThanOrEqual(0);
  });

  test("shows a clock of ours that is wrong", async () => {
    const hour = 3_600_000;
    const { aheadMs, withinMs } = await inspector.clockDifference(() => Date.now() - hour);
    expect(Math.abs(aheadMs - hour)).toBeLessThanOrEqual(withinMs + 1000);
  });
});

describe("virtual tables", () => {
  test("are read from each node that is up, under its address", async () => {
    const answers = await inspector.onEveryNode("SELECT name, active_tasks FROM system_views.thread_pools");
    expect(answers?.map((answer) => answer.host)).toEqual(
      cluster.session.hosts().map((host) => host.address),
    );
    expect(answers![0]!.rows.map((row) => row["name"])).toContain("ReadStage");
  });

  test("are not asked of nodes that are down or in other data centres", async () => {
    const [host] = cluster.session.hosts();
    const others = [
      { ...host!, address: "127.0.0.9:9042", up: false },
      { ...host!, address: "127.0.0.10:9042", dataCenter: "elsewhere" },
    ];
    const hosts = vi.spyOn(cluster.session, "hosts").mockReturnValue([host!, ...others]);
    const answers = await inspector.onEveryNode("SELECT name FROM system_views.thread_pools");
    expect(answers?.map((answer) => answer.host)).toEqual([host!.address]);
    hosts.mockRestore();
  });

  test("that the server does not have are none", async () => {
    expect(await inspector.onEveryNode("SELECT * FROM system_views.no_such_table")).toBeUndefined();
  });
});
