import { ClusterInspector } from "@cassandra-rekey/cassandra";
import { expect, it } from "vitest";
import { checkTwoDayLimit, isAmazonKeyspaces } from "../../src/doctor/amazon-keyspaces.ts";
import { Checks } from "../../src/doctor/checks.ts";
import { checkVersion } from "../../src/doctor/cluster-checks.ts";
import { fakeSession, host } from "./fake-session.ts";
import { settingsWith } from "./table-settings.ts";

const { signal } = new AbortController();
const session = (keyspaces: readonly string[], version = "3.11.2") =>
  fakeSession(
    {
      "system_schema.keyspaces": keyspaces.map((keyspace_name) => ({ keyspace_name })),
      "FROM system.local": [
        {
          cluster_name: "Amazon Keyspaces",
          release_version: version,
          partitioner: "org.apache.cassandra.dht.Murmur3Partitioner",
        },
      ],
    },
    { hosts: [host({ version })] },
  );
const MCS = ["system", "system_schema", "system_schema_mcs", "app"];

it("is told from an old Cassandra by a keyspace that it alone has", async () => {
  expect(await isAmazonKeyspaces(session(MCS), signal)).toBe(true);
  expect(await isAmazonKeyspaces(session(["system", "app"]), signal)).toBe(false);
  expect(await isAmazonKeyspaces(session(MCS, "5.0.9"), signal)).toBe(false);
  const version = async (keyspaces: readonly string[]) => {
    const checks = new Checks();
    await checkVersion(checks, session(keyspaces), new ClusterInspector(session(keyspaces)), signal);
    return checks.list[0];
  };
  expect(await version(MCS)).toMatchObject({
    level: "WARN",
    message: expect.stringContaining("Amazon Keyspaces"),
  });
  expect(await version(["app"])).toMatchObject({
    level: "FAIL",
    message: expect.stringContaining("too old"),
  });
});

it("refuses old timestamps, and gets the mode that sends none proposed", async () => {
  const found = async (keyspaces: readonly string[], settings = settingsWith()) => {
    const checks = new Checks();
    await checkTwoDayLimit(checks, session(keyspaces), settings, signal);
    return checks.list;
  };
  expect(await found(MCS)).toMatchObject([
    { level: "FAIL", check: "cluster.timestamps", next: expect.stringMatching(/^Set use_lwt_guard: true/) },
  ]);
  expect(await found(MCS, settingsWith({ writeMode: "same-timestamp" }))).toHaveLength(1);
  expect(await found(MCS, settingsWith({ writeMode: "lwt" }))).toEqual([]);
  expect(await found(["app"])).toEqual([]);
});
