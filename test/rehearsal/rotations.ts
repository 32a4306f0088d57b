import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { startCassandra } from "@cassandra-rekey/local-cassandra";
import { connectClient, freshKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { TransitServer } from "../../examples/vault-transit-provider/test/transit-server.ts";
import { configFor, newFernetKey, seed } from "../fixture-table.ts";
import type { Sandbox } from "./sandbox.ts";

const ROWS = 300;

/**
 * Rotates a table on a real Cassandra with nothing but what is installed: from Fernet to the example's Vault, and on to a
 * provider that was built against another minor version of core, with a hook that was built against yet another.
 */
export async function rotateTwice(
  sandbox: Sandbox,
  cluster: Awaited<ReturnType<typeof startCassandra>>,
): Promise<string> {
  await using vault = await TransitServer.start();
  vault.rotate("cells");
  const client = await connectClient(cluster);
  const keyspace = await freshKeyspace(client);
  try {
    const fernet = newFernetKey();
    const table = await seed(client, keyspace, { key: fernet, rows: ROWS });
    const env = {
      REKEY_OLD_KEY: fernet,
      VAULT_TOKEN: vault.token,
      ONE_KEY: Buffer.alloc(32, "one").toString("base64"),
    };
    const keys = {
      fernet: { provider: "fernet", version: "v1", key: { env: "REKEY_OLD_KEY" } },
      vault: {
        provider: "vault",
        version: "v2",
        address: vault.address,
        key: "cells",
        token: { env: "VAULT_TOKEN" },
      },
      one: { provider: "one", version: "v3", key: { env: "ONE_KEY" } },
    };
    const { cluster: connection, tables } = configFor(cluster, [table]);
    const rotate = async (name: string, target: object, previous: object, more: object): Promise<number> => {
      const config = { cluster: connection, tables, keys: { target, previous: [previous] }, ...more };
      // YAML includes JSON.
      writeFileSync(join(sandbox.empty, "config.yaml"), JSON.stringify(config));
      assert.deepEqual((await sandbox.json(["config", "check"], { env })).ok, true);
      await sandbox.json(["init-state"], { env });
      const { jobId } = await sandbox.json(["plan"], { env });
      await sandbox.json(["run", "--job-id", jobId], { env });
      const { clean, census } = await sandbox.json(["verify"], { env });
      assert.equal(clean, true, `${name}: verify finds ${JSON.stringify(census)}`);
      return census.reduce((sum: number, entry: { cells: number }) => sum + entry.cells, 0);
    };
    const cells = await rotate("fernet to vault", keys.vault, keys.fernet, {});
    const again = await rotate("vault to one", keys.one, keys.vault, { hooks: [{ type: "two" }] });
    assert.ok(cells > 0 && again === cells, `${cells} cells, then ${again}`);
    return `${cells} cells, twice`;
  } finally {
    await client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
    await client.shutdown();
  }
}
