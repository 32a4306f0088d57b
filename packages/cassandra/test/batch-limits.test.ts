import { RekeyError } from "@cassandra-rekey/core";
import { describe, expect, test } from "vitest";
import { DEFAULT_BATCH_LIMITS } from "../src/batch-grouping.ts";
import { batchLimits } from "../src/batch-limits.ts";
import type { ClusterSession } from "../src/cluster-session.ts";

/** A session whose server has these settings, or refuses to show them. */
function serverWith(settings: Readonly<Record<string, string>> | RekeyError): ClusterSession {
  const rows = Object.entries(settings).map(([name, value]) => new Map([...pairs(name, value)]));
  const answer = async () => {
    if (settings instanceof RekeyError) throw settings;
    return rows;
  };
  return { rows: answer } as unknown as ClusterSession;
}

function pairs(name: string, value: string): [string, string][] {
  return [
    ["name", name],
    ["value", value],
  ];
}

const across = "unlogged_batch_across_partitions_warn_threshold";

describe("the server's thresholds are read", () => {
  test("as 4.0 names them", async () => {
    const server = serverWith({ [across]: "20", batch_size_warn_threshold_in_kb: "64" });
    expect(await batchLimits(server)).toEqual({ partitions: 20, bytes: 64 * 1024 });
  });

  test("with the units of 4.1 and 5.0", async () => {
    const bytesOf = async (value: string) =>
      (await batchLimits(serverWith({ batch_size_warn_threshold: value }))).bytes;
    expect(await bytesOf("5KiB")).toBe(5 * 1024);
    expect(await bytesOf("2MiB")).toBe(2 * 1024 * 1024);
    expect(await bytesOf("700B")).toBe(700);
  });

  test("under the new name, where the old one holds no plain number", async () => {
    const settings = { batch_size_warn_threshold_in_kb: "64KiB", batch_size_warn_threshold: "64KiB" };
    expect((await batchLimits(serverWith(settings))).bytes).toBe(64 * 1024);
  });

  test("no further than to where batches are refused", async () => {
    const old = { batch_size_warn_threshold_in_kb: "64", batch_size_fail_threshold_in_kb: "50" };
    expect((await batchLimits(serverWith(old))).bytes).toBe(50 * 1024);
    const now = { batch_size_warn_threshold: "1GiB", batch_size_fail_threshold: "50KiB" };
    expect((await batchLimits(serverWith(now))).bytes).toBe(50 * 1024);
  });

  test("down to 0, which lets nothing be batched", async () => {
    const none = { [across]: "0", batch_size_warn_threshold: "0KiB" };
    expect(await batchLimits(serverWith(none))).toEqual({ partitions: 0, bytes: 0 });
    expect(await batchLimits(serverWith({ batch_size_warn_threshold_in_kb: "0" }))).toMatchObject({
      bytes: 0,
    });
  });
});

describe("Cassandra's own defaults stand in", () => {
  test("for what is not there or makes no sense", async () => {
    expect(await batchLimits(serverWith({}))).toEqual(DEFAULT_BATCH_LIMITS);
    const strange = { [across]: "-1", batch_size_warn_threshold: "many" };
    expect(await batchLimits(serverWith(strange))).toEqual(DEFAULT_BATCH_LIMITS);
  });

  test("where the role may not read the settings", async () => {
    const refused = new RekeyError("CLUSTER.UNAUTHORIZED", "no SELECT permission on system_views.settings");
    expect(await batchLimits(serverWith(refused))).toEqual(DEFAULT_BATCH_LIMITS);
  });
});

test("a cluster that does not answer is an error", async () => {
  const down = new RekeyError("CLUSTER.UNREACHABLE", "down");
  await expect(batchLimits(serverWith(down))).rejects.toBe(down);
});
