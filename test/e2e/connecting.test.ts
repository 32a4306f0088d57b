import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cliFolder, runCli, startCli } from "../cli.ts";
import { configFor, newFernetKey, seed } from "../fixture-table.ts";
import { HeldProxy } from "../held-proxy.ts";
import { openTestEngine } from "../open-test-engine.ts";
import { statusOf } from "../state-of-job.ts";

const env = { REKEY_OLD_KEY: newFernetKey(), REKEY_NEW_KEY: newFernetKey() };

/** A port that takes connections and never answers. */
async function silentPort() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on("error", () => {})));
  const connected = once(server, "connection");
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    connected,
    cluster: { contact_points: ["127.0.0.1"], port: (server.address() as AddressInfo).port },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

describe("a cluster that takes connections and never answers", () => {
  const db = useKeyspace({ beforeAll, afterAll });
  let config: ReturnType<typeof configFor>;
  beforeAll(async () => {
    const people = await seed(db.client, db.keyspace, { key: env.REKEY_OLD_KEY, rows: 10 });
    config = configFor(db.cluster, [people]);
  });
  const through = (cluster: object) => ({ ...config, cluster: { ...config.cluster, ...cluster } });

  it("keeps nobody from obeying the first Ctrl-C", async () => {
    await using folder = await cliFolder();
    const options = { env, cwd: folder.path };
    const { jobId } = (await runCli(["plan", "--json"], { ...options, config })).json;
    const ends = [["run"], ["run", "--dry-run"], ["verify"]].map(async (args) => {
      await using silent = await silentPort();
      await using own = await cliFolder();
      const running = await startCli([...args, "--json"], {
        env,
        cwd: own.path,
        config: {
          ...through({ ...silent.cluster, request_timeout_ms: 60_000 }),
          state: { type: "file", path: `${folder.path}/cassandra-rekey.state.db` },
        },
      });
      await silent.connected;
      running.child.kill("SIGINT");
      const { status, json } = await running.ended;
      return { status, code: json?.error?.code };
    });
    const interrupted = { status: 130, code: "INTERRUPTED" };
    expect(await Promise.all(ends)).toEqual([interrupted, interrupted, interrupted]);
    expect((await statusOf(jobId, options)).state).toBe("planned");
  });

  it("is told from one where nobody listens: it may want TLS", async () => {
    await using silent = await silentPort();
    const doctor = await runCli(["doctor", "--json"], {
      env,
      config: through({ ...silent.cluster, request_timeout_ms: 1_000 }),
    });
    const failed = doctor.json.checks.find(({ check }: { check: string }) => check === "connection");
    expect(failed.next).toMatch(/The port is open, .*cluster\.tls if the node asks for TLS/);
  });

  it("leaves no connection behind when an engine is closed meanwhile", async () => {
    await using proxy = await HeldProxy.before(db.cluster.contactPoints[0]!, db.cluster.port);
    const engine = await openTestEngine({
      cluster: { ...db.cluster, contactPoints: ["127.0.0.1"], port: proxy.port },
      keyspace: db.keyspace,
      keys: { target: env.REKEY_NEW_KEY, previous: env.REKEY_OLD_KEY },
      yaml: "tables: [{ name: people, encrypted_columns: [email] }]",
    });
    proxy.holdAfter(0);
    const planning = engine.plan().catch((error: unknown) => error);
    await expect.poll(() => proxy.isHolding, { timeout: 30_000 }).toBe(true);
    await engine[Symbol.asyncDispose]();
    expect(await planning).toMatchObject({ code: "INTERRUPTED" });
    proxy.letGo();
    await expect.poll(() => proxy.connections, { timeout: 30_000 }).toBe(0);
  });
});
