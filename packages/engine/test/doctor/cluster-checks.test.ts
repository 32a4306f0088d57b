import { ClusterInspector } from "@cassandra-rekey/cassandra";
import type { Clock } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { Checks } from "../../src/doctor/checks.ts";
import { checkActivity, checkClock, checkVersion } from "../../src/doctor/cluster-checks.ts";
import { type Answer, fakeSession, host, UNAUTHORIZED } from "./fake-session.ts";

const never = new AbortController().signal;
const short = (checks: Checks) => checks.list.map(({ level, check }) => `${level} ${check}`);

describe("the version", () => {
  async function versions(local: string, partitioner: string, ...others: string[]) {
    const hosts = [local, ...others].map((version) => host({ version }));
    const row = {
      cluster_name: "c",
      release_version: local,
      partitioner: `org.apache.cassandra.dht.${partitioner}`,
    };
    const session = fakeSession({ "FROM system.local": [row], "system_schema.keyspaces": [] }, { hosts });
    const checks = new Checks();
    await checkVersion(checks, session, new ClusterInspector(session), never);
    return checks;
  }

  it("is well from 4.0 on", async () =>
    expect(short(await versions("4.0.11", "Murmur3Partitioner", "5.0.9"))).toEqual([
      "OK cluster.version",
      "OK cluster.partitioner",
    ]));

  it("fails where any node is older", async () => {
    expect(short(await versions("3.11.14", "Murmur3Partitioner"))[0]).toBe("FAIL cluster.version");
    const mixed = await versions("4.1.0", "Murmur3Partitioner", "3.11.14");
    expect(mixed.list[0]).toMatchObject({ level: "FAIL", message: expect.stringContaining("3.11.14") });
  });

  it("fails with another partitioner", async () =>
    expect(short(await versions("5.0.9", "RandomPartitioner"))[1]).toBe("FAIL cluster.partitioner"));
});

describe("the clocks", () => {
  async function apart(serverMs: number, roundTripMs = 0) {
    let wallMs = 1_000_000;
    const clock = {
      wallMs: () => {
        wallMs += roundTripMs / 2;
        return wallMs;
      },
    } as Clock;
    const session = fakeSession({ "FROM system.local": [{ s: BigInt(1_000_000 + serverMs) }] });
    const checks = new Checks();
    await checkClock(checks, new ClusterInspector(session), clock, never);
    return checks.list[0]!;
  }

  it("are well within a second of each other", async () =>
    expect(await apart(900)).toMatchObject({
      level: "OK",
      message: expect.stringContaining("900 ms ahead of"),
    }));

  it("are complained of when they are further apart, either way", async () => {
    expect(await apart(1_500)).toMatchObject({
      level: "WARN",
      message: expect.stringContaining("1500 ms ahead of"),
    });
    expect(await apart(-1_500)).toMatchObject({
      level: "WARN",
      message: expect.stringContaining("1500 ms behind"),
    });
  });

  it("are not blamed for what a slow answer may account for", async () =>
    expect(await apart(1_500, 4_000)).toMatchObject({ level: "OK" }));
});

describe("the cluster's activity", () => {
  async function seen(repairs: Answer, gossip: Answer) {
    const session = fakeSession({ "system_views.repairs": repairs, "system_views.gossip_info": gossip });
    const checks = new Checks();
    await checkActivity(checks, new ClusterInspector(session), never);
    return checks;
  }
  const normal = { address: "10.0.0.1", status_with_port: "NORMAL,-42", disk_usage: "SPACIOUS" };

  it("is none when repairs are over and all nodes are normal", async () =>
    expect(short(await seen([{ completed: true }], [normal]))).toEqual(["OK cluster.activity"]));

  it("is a repair that is not completed", async () => {
    const checks = await seen([{ completed: true }, { completed: false }], [normal]);
    expect(checks.list).toMatchObject([
      { level: "WARN", check: "cluster.repair", message: expect.stringContaining("10.0.0.1:9042") },
    ]);
  });

  it.each(["BOOT,123", "BOOT_REPLACE,10.0.0.2", "MOVING,5", "LEAVING,-1"])(
    "is a node that is %s",
    async (status) => {
      const checks = await seen([], [normal, { address: "10.0.0.2", status_with_port: status }]);
      expect(checks.list).toMatchObject([
        { level: "WARN", check: "cluster.topology", message: expect.stringContaining("10.0.0.2") },
      ]);
    },
  );

  it("is a disk past its threshold, too", async () =>
    expect(short(await seen([], [{ ...normal, disk_usage: "FULL" }]))).toEqual([
      "FAIL cluster.disk",
      "OK cluster.activity",
    ]));

  it("is unknown when it may not be looked at", async () => {
    expect(short(await seen(UNAUTHORIZED, [normal]))).toEqual(["WARN cluster.activity"]);
    expect(short(await seen([], UNAUTHORIZED))).toEqual(["WARN cluster.activity"]);
  });
});
