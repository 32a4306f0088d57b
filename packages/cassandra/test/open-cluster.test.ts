import { spawn } from "node:child_process";
import { once } from "node:events";
import { sharedCassandra, useOpened } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClusterSettings } from "../src/cluster-session.ts";
import { openCluster } from "../src/open-cluster.ts";
import { FaultyProxy } from "./faulty-proxy.ts";
import { dependencies, settingsOf } from "./real-cluster.ts";

const shared = useOpened({ beforeAll, afterAll }, () => sharedCassandra());
const refused = (settings: ClusterSettings) =>
  openCluster(settings, dependencies).then(
    () => {
      throw new RangeError("it was connected");
    },
    (error) => error,
  );

async function closedPort(): Promise<number> {
  await using proxy = await FaultyProxy.before(undefined);
  return proxy.port;
}

describe("a cluster that cannot be connected to", () => {
  test("on a port where nothing listens is unreachable, and named", async () => {
    const settings = await settingsOf(shared);
    const port = await closedPort();
    expect(await refused({ ...settings, contactPoints: ["127.0.0.1"], port })).toMatchObject({
      code: "CLUSTER.UNREACHABLE",
      retryable: true,
      message: expect.stringMatching(`^connecting to 127.0.0.1: 127.0.0.1:${port}: .*ECONNREFUSED`),
    });
  });

  test("under a name that has no address is unreachable", async () => {
    const settings = await settingsOf(shared);
    expect(await refused({ ...settings, contactPoints: ["no-such-host.invalid"] })).toMatchObject({
      code: "CLUSTER.UNREACHABLE",
      message: "connecting to no-such-host.invalid: no contact point has an address",
    });
  });

  test("with a data centre that it does not have says which ones it has", async () => {
    const settings = await settingsOf(shared);
    expect(await refused({ ...settings, localDc: "elsewhere" })).toMatchObject({
      code: "CLUSTER.LOCAL_DC",
      retryable: false,
      message: `the cluster has no data centre elsewhere, only ${settings.localDc}`,
    });
  });

  test.each(["plain", "TLS"])(
    "because it never answers (%s) is unreachable, after the time limit",
    async (how) => {
      await using silent = await FaultyProxy.before(undefined);
      const settings = {
        contactPoints: ["127.0.0.1"],
        port: silent.port,
        localDc: "datacenter1",
        requestTimeoutMs: 200,
        ...(how === "TLS" && { tls: { checkHostname: true } }),
      };
      expect(await refused(settings)).toMatchObject({ code: "CLUSTER.UNREACHABLE", retryable: true });
      const { localDc: _, ...withoutDc } = settings;
      expect(await refused(withoutDc)).toMatchObject({ code: "CLUSTER.UNREACHABLE", retryable: true });
    },
  );

  test("over TLS, because it speaks none", async () => {
    const settings = await settingsOf(shared);
    expect(await refused({ ...settings, tls: { checkHostname: true } })).toMatchObject({
      code: "CLUSTER.TLS",
    });
  });
});

test("one contact point that answers is enough", async () => {
  await using silent = await FaultyProxy.before(undefined);
  const settings = await settingsOf(shared);
  const contactPoints = [
    `127.0.0.1:${silent.port}`,
    `127.0.0.1:${await closedPort()}`,
    ...settings.contactPoints,
  ];
  await using session = await openCluster(
    { ...settings, contactPoints, requestTimeoutMs: 2000 },
    dependencies,
  );
  expect((await session.execute("SELECT key FROM system.local")).rowLength).toBe(1);
});

describe("a process ends by itself", () => {
  const program = `
    import { openCluster } from "@cassandra-rekey/cassandra";
    const tools = { clock: { monotonicMs: () => performance.now() }, logger: { warn() {}, info() {} } };
    try {
      const session = await openCluster(JSON.parse(process.env.SETTINGS), tools);
      await session.execute("SELECT key FROM system.local");
      await session[Symbol.asyncDispose]();
      console.log("closed");
    } catch (error) {
      console.log(error.code);
    }
  `;
  /** What the program says, once nothing keeps it alive. */
  async function run(settings: object): Promise<string> {
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      cwd: import.meta.dirname,
      env: { ...process.env, SETTINGS: JSON.stringify(settings) },
      stdio: ["ignore", "pipe", "inherit"],
      // Only so that a program which hangs does not outlive the tests.
      timeout: 60_000,
    });
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
    });
    const [code] = await once(child, "close");
    return `${code} ${said.trim()}`;
  }

  test("after its session was closed", async () => {
    const { localDc, ...settings } = await settingsOf(shared);
    expect(await run({ ...settings, localDc })).toBe("0 closed");
    expect(await run(settings)).toBe("0 closed");
  });

  test("after it could not connect", async () => {
    await using silent = await FaultyProxy.before(undefined);
    const settings = await settingsOf(shared);
    expect(await run({ ...settings, localDc: "elsewhere" })).toBe("0 CLUSTER.LOCAL_DC");
    const never = { ...settings, contactPoints: ["127.0.0.1"], port: silent.port, requestTimeoutMs: 100 };
    expect(await run(never)).toBe("0 CLUSTER.UNREACHABLE");
    const target = { host: settings.contactPoints[0]!, port: settings.port };
    await using dying = await FaultyProxy.before(target, { answers: 1 });
    expect(await run({ ...never, port: dying.port })).toBe("0 CLUSTER.UNREACHABLE");
  });
});
