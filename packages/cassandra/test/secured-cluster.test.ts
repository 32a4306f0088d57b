import { readFile } from "node:fs/promises";
import { sharedCassandra, useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ClusterInspector } from "../src/cluster-inspector.ts";
import type { ClusterSettings } from "../src/cluster-session.ts";
import { openCluster } from "../src/open-cluster.ts";
import { SchemaReader } from "../src/schema-reader.ts";
import { FaultyProxy } from "./faulty-proxy.ts";
import { dependencies, settingsOf } from "./real-cluster.ts";

const open = (settings: ClusterSettings) => openCluster(settings, dependencies);
const refused = (settings: ClusterSettings) =>
  open(settings).then(
    () => {
      throw new RangeError("it was connected");
    },
    (error) => error,
  );

describe("a cluster with passwords", () => {
  const db = useKeyspace({ beforeAll, afterAll }, "secured");
  let settings: ClusterSettings;
  beforeAll(async () => {
    const { client: superuser, keyspace } = db;
    settings = await settingsOf(db.cluster);
    await superuser.execute(`CREATE TABLE ${keyspace}.t (id int PRIMARY KEY, v text)`);
    await superuser.execute(`CREATE ROLE role_${keyspace} WITH LOGIN = true AND PASSWORD = 'pw'`);
    await superuser.execute(`GRANT SELECT ON KEYSPACE ${keyspace} TO role_${keyspace}`);
  });

  test("refuses a wrong password, and one that is not given, without repeating it", async () => {
    const wrong = await refused({ ...settings, password: "not-the-password" });
    expect(wrong).toMatchObject({ code: "CLUSTER.AUTHENTICATION", retryable: false });
    expect(wrong.message).not.toContain("not-the-password");
    const { username: _u, password: _p, ...anonymous } = settings;
    expect(await refused(anonymous)).toMatchObject({ code: "CLUSTER.AUTHENTICATION" });
    const { localDc: _, ...withoutDc } = anonymous;
    expect(await refused(withoutDc)).toMatchObject({ code: "CLUSTER.AUTHENTICATION" });
  });

  test("may be read without a permission that only tuning needs", async () => {
    await using session = await open({ ...settings, username: `role_${db.keyspace}`, password: "pw" });
    const inspector = new ClusterInspector(session);
    expect(await inspector.settings()).toBeUndefined();
    expect(await inspector.onEveryNode("SELECT * FROM system_views.clients")).toBeUndefined();
    expect(await new SchemaReader(session).table(db.keyspace, "t")).toMatchObject({
      keyspace: db.keyspace,
      name: "t",
    });
    await expect(session.execute(`UPDATE ${db.keyspace}.t SET v = 'x' WHERE id = 1`)).rejects.toMatchObject({
      code: "CLUSTER.UNAUTHORIZED",
      message: expect.stringContaining("MODIFY"),
    });
  });

  test("speaks TLS under its own CA, and is refused under another or none", async () => {
    const ca = await readFile(db.cluster.tls!.ca);
    await using session = await open({ ...settings, tls: { ca, checkHostname: true } });
    expect((await session.execute("SELECT key FROM system.local")).rowLength).toBe(1);
    const another = await readFile(db.cluster.tls!.clientCertificate);
    expect(await refused({ ...settings, tls: { ca: another, checkHostname: true } })).toMatchObject({
      code: "CLUSTER.TLS",
      retryable: false,
    });
    expect(await refused({ ...settings, tls: { checkHostname: true } })).toMatchObject({
      code: "CLUSTER.TLS",
    });
    const broken = { ca: "not a certificate", checkHostname: true };
    expect(await refused({ ...settings, tls: broken })).toMatchObject({ code: "CLUSTER.TLS" });
  });

  test("is refused under an address that its certificate does not name, unless that is not checked", async () => {
    const ca = await readFile(db.cluster.tls!.ca);
    const target = { host: settings.contactPoints[0]!, port: settings.port };
    await using elsewhere = await FaultyProxy.before(target, { address: "127.0.0.77" });
    const there = { ...settings, contactPoints: ["127.0.0.77"], port: elsewhere.port };
    expect(await refused({ ...there, tls: { ca, checkHostname: true } })).toMatchObject({
      code: "CLUSTER.TLS",
    });
    await using session = await open({ ...there, tls: { ca, checkHostname: false } });
    expect((await session.execute("SELECT key FROM system.local")).rowLength).toBe(1);
  });
});

describe("a cluster that asks for a client certificate", () => {
  test("accepts its own, and refuses a connection without one or without TLS", async () => {
    const address = await sharedCassandra("mutual-tls");
    const settings = await settingsOf(address);
    await using session = await open(settings);
    expect((await session.execute("SELECT key FROM system.local")).rowLength).toBe(1);
    const { ca } = settings.tls!;
    expect(await refused({ ...settings, tls: { ca: ca!, checkHostname: true } })).toMatchObject({
      code: "CLUSTER.TLS",
    });
    const { tls: _, ...plain } = settings;
    expect(await refused(plain)).toMatchObject({ code: "CLUSTER.UNREACHABLE" });
  });
});
