import type { ClusterSession } from "@cassandra-rekey/cassandra";
import { describe, expect, it } from "vitest";
import type { ConsistencySettings, TableSettings } from "../../src/config/settings.ts";
import { Checks } from "../../src/doctor/checks.ts";
import { checkReplicas } from "../../src/doctor/cluster-checks.ts";
import { checkSerial, serialLevel } from "../../src/doctor/serial-check.ts";
import { fakeSession, host } from "./fake-session.ts";
import { settingsWith } from "./table-settings.ts";

/** A session in `dc1` of a cluster with these replicas of `app` in each data centre, of which those of `down` are down. */
function sessionWith(factors: Readonly<Record<string, string>>, down?: string): ClusterSession {
  const hosts = ["dc1", "dc2"].map((dataCenter) => host({ dataCenter, up: dataCenter !== down }));
  const metadata = {
    keyspaces: { app: { strategyOptions: { class: "NetworkTopologyStrategy", ...factors } } },
    getTokenRanges: () => new Set([{ end: "1" }]),
    getReplicas: () => hosts.map(({ dataCenter, up }) => ({ datacenter: dataCenter, isUp: () => up })),
  };
  return Object.assign(fakeSession({}, { hosts }), { client: { metadata } }) as unknown as ClusterSession;
}

const consistency = (serial?: string): ConsistencySettings => ({
  read: "LOCAL_ONE",
  write: "LOCAL_ONE",
  serial,
});
const table = (serial?: string): Partial<TableSettings> => ({
  keyspace: "app",
  writeMode: "lwt",
  consistency: consistency(serial),
});

function found(differences: Partial<TableSettings>, factors: Readonly<Record<string, string>>) {
  const checks = new Checks();
  checkSerial(checks, sessionWith(factors), settingsWith(differences));
  return checks.list.map(({ level, check, message }) => `${level} ${check}: ${message}`);
}

const BOTH = { dc1: "1", dc2: "1" };

describe("the serial level where replicas are in two data centres", () => {
  it("is asked for when it is not set", () =>
    expect(found(table(), BOTH)).toEqual([
      "WARN table.serial: replicas are in dc1 and dc2, and transactions are decided at SERIAL because consistency.serial is not set",
    ]));

  it("is warned of when it is of one data centre, and well when it is of both", () => {
    expect(found(table("LOCAL_SERIAL"), BOTH)).toEqual([
      "WARN table.serial: replicas are in dc1 and dc2, and transactions are decided at LOCAL_SERIAL, in dc1 alone",
    ]);
    expect(found(table("SERIAL"), BOTH)).toEqual([]);
  });

  it("is no matter in one data centre, or without transactions", () => {
    expect(found(table(), { dc1: "3" })).toEqual([]);
    expect(found(table(), { dc1: "3", dc2: "0" })).toEqual([]);
    expect(found({ ...table(), writeMode: "fenced" }, BOTH)).toEqual([]);
  });
});

describe("replicas for transactions", () => {
  const lacking = (serial?: string) => {
    const checks = new Checks();
    checkReplicas(checks, sessionWith(BOTH, "dc2"), settingsWith(table(serial)));
    return checks.list.filter(({ level }) => level === "FAIL").map(({ message }) => message);
  };

  it("are too few for SERIAL when one of two is down, set or not, and enough for LOCAL_SERIAL", () => {
    const message = "SERIAL needs 2 of 2 replicas; of some ranges only 1 is up";
    expect(lacking()).toEqual([message]);
    expect(lacking("SERIAL")).toEqual([message]);
    expect(lacking("LOCAL_SERIAL")).toEqual([]);
  });

  it("are those of one data centre where there is no other", () =>
    expect(serialLevel(fakeSession({}), consistency())).toBe("LOCAL_SERIAL"));
});
