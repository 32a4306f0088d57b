import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type CassandraAddress, connectClient, startCassandra } from "../src/index.ts";

/** Each start has two minutes, and says what was in its way when they are over. */
const TWO_STARTS_MS = 5 * 60_000;
const HOLDER = fileURLToPath(new URL("./holds-a-cassandra.ts", import.meta.url));

test(
  "nothing stays behind when the process that started it is killed",
  async () => {
    const holder = fork(HOLDER, { execArgv: [] });
    const [{ pid, folder }] = await once(holder, "message");
    expect(isRunning(pid)).toBe(true);
    expect(existsSync(folder)).toBe(true);

    holder.kill("SIGKILL");

    await expect.poll(() => isRunning(pid) || existsSync(folder)).toBe(false);
  },
  TWO_STARTS_MS,
);

test("a node that dies while it starts says why at once", async () => {
  const starting = startCassandra({ from: ["jvm"], heap: "512m", config: { no_such_setting: 1 } });
  await expect(starting).rejects.toMatchObject({
    code: "CLUSTER.UNREACHABLE",
    message: expect.stringContaining("no_such_setting"),
  });
});

test(
  "a killed node comes back as itself, nodetool sees it, and it names its proxy to clients",
  async () => {
    await using cassandra = await startCassandra({ from: ["jvm"], heap: "512m", clientHosts: ["127.0.1.1"] });
    const [before] = cassandra.nodes;
    const identity = await identityOf(cassandra);
    expect(identity.clientHost).toBe("127.0.1.1");
    await cassandra.killNode(0);
    expect(isRunning(before?.pid ?? 0)).toBe(false);

    await cassandra.startNode(0);

    expect(await identityOf(cassandra)).toEqual(identity);
    expect(cassandra.nodes[0]?.pid).not.toBe(before?.pid);
    expect(await cassandra.nodetool(["status"])).toMatch(/^UN {2}127\.0\.0\.1/m);
  },
  TWO_STARTS_MS,
);

async function identityOf(address: CassandraAddress): Promise<{ hostId: string; clientHost: string }> {
  const client = await connectClient(address);
  const found = await client.execute("SELECT host_id, rpc_address FROM system.local");
  await client.shutdown();
  const row = found.first();
  return { hostId: String(row.get("host_id")), clientHost: String(row.get("rpc_address")) };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
