import type { ClusterSession } from "@cassandra-rekey/cassandra";
import { RekeyError } from "@cassandra-rekey/core";
import { ManualClock, SeededRandom } from "@cassandra-rekey/testkit";
import { describe, expect, it, vi } from "vitest";
import { clusterParts } from "../src/cluster-parts.ts";

function setUp(rows: () => Promise<readonly unknown[]>) {
  const clock = new ManualClock();
  const session = { hosts: () => [], localDc: "dc1", rows } as unknown as ClusterSession;
  const onRetry = vi.fn();
  const tools = { clock, random: new SeededRandom(1), onRetry };
  const { signal } = new AbortController();
  return { onRetry, open: () => clock.run(clusterParts(session, [], tools, signal)) };
}

describe("what a run asks its cluster before it begins", () => {
  it("is asked again after a time-out", async () => {
    const timeout = new RekeyError("CLUSTER.TIMEOUT", "made up");
    const rows = vi.fn();
    for (let question = 1; question <= 3; question += 1)
      rows.mockRejectedValueOnce(timeout).mockResolvedValueOnce([]);
    const { open, onRetry } = setUp(rows);
    expect((await open()).nodes.down()).toEqual([]);
    expect(onRetry).toHaveBeenCalledTimes(3);
  });

  it("is not asked again where the answer will not change", async () => {
    const refused = new RekeyError("CLUSTER.AUTHENTICATION", "made up");
    const rows = vi.fn().mockRejectedValue(refused);
    await expect(setUp(rows).open()).rejects.toBe(refused);
    expect(rows).toHaveBeenCalledTimes(1);
  });

  it.each(["RandomPartitioner", "ByteOrderedPartitioner", "OrderPreservingPartitioner"])(
    "refuses %s, before each chunk would fail",
    async (name) => {
      const partitioner = `org.apache.cassandra.dht.${name}`;
      const rows = vi.fn().mockResolvedValue([new Map([["partitioner", partitioner]])]);
      await expect(setUp(rows).open()).rejects.toMatchObject({
        code: "CLUSTER.UNSUPPORTED",
        message: expect.stringContaining(name),
      });
    },
  );

  it.each(["Murmur3Partitioner", "com.example.OwnPartitioner"])("takes %s", async (partitioner) => {
    const rows = vi.fn().mockResolvedValue([new Map([["partitioner", partitioner]])]);
    await expect(setUp(rows).open()).resolves.toBeDefined();
  });
});
