import type { ClusterSession } from "@cassandra-rekey/cassandra";
import { describe, expect, it } from "vitest";
import { Checks } from "../../src/doctor/checks.ts";
import { checkReplicas } from "../../src/doctor/cluster-checks.ts";
import { fakeSession, host } from "./fake-session.ts";
import { settingsWith } from "./table-settings.ts";

/** Three nodes of one data centre that all replicate `app`, some of them down, as the driver's metadata tells. */
function sessionWith(
  down: number,
  strategyOptions: Readonly<Record<string, string>> = { dc1: "3" },
): ClusterSession {
  const hosts = [1, 2, 3].map((node) => host({ address: `10.0.0.${node}:9042`, up: node > down }));
  const replicas = hosts.map(({ dataCenter, up }) => ({ datacenter: dataCenter, isUp: () => up }));
  const metadata = {
    keyspaces: { app: { strategyOptions } },
    getTokenRanges: () => new Set([{ end: "1" }, { end: "2" }]),
    getReplicas: () => replicas,
  };
  return Object.assign(fakeSession({}, { hosts }), { client: { metadata } }) as unknown as ClusterSession;
}

function found(session: ClusterSession, keyspace = "app") {
  const checks = new Checks();
  checkReplicas(checks, session, settingsWith({ keyspace }));
  return checks.list.map(({ level, check, message }) => `${level} ${check}: ${message}`);
}

describe("nodes that are down", () => {
  it("are none", () =>
    expect(found(sessionWith(0))).toEqual([
      "OK cluster.nodes: 3 nodes, all up",
      "OK cluster.replicas: enough are up for the consistency levels asked for",
    ]));

  it("are named, and do no harm while a quorum is up", () =>
    expect(found(sessionWith(1))).toEqual([
      "WARN cluster.nodes: down: 10.0.0.1:9042",
      "OK cluster.replicas: enough are up for the consistency levels asked for",
    ]));

  it("fail a table whose quorum they break", () =>
    expect(found(sessionWith(2))).toEqual([
      "WARN cluster.nodes: down: 10.0.0.1:9042, 10.0.0.2:9042",
      "FAIL cluster.replicas: LOCAL_QUORUM needs 2 of 3 replicas in dc1; of some ranges only 1 is up",
    ]));

  it("count as much under SimpleStrategy, and with transient replicas", () => {
    for (const options of [{ replication_factor: "3" }, { dc1: "3/1" }])
      expect(found(sessionWith(2, options))[1]).toMatch(/^FAIL cluster\.replicas: .* 2 of 3/);
  });

  it("are no matter to a keyspace that is not there", () =>
    expect(found(sessionWith(3), "gone")[1]).toMatch(/^OK cluster\.replicas/));
});
