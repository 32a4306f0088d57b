import { randomUUID } from "node:crypto";
import type { Client } from "cassandra-driver";
import { SHARED_RUN } from "./flavours.ts";

/** A change of the schema takes as long as it takes: on a busy machine longer than a client waits for answers. */
const PATIENTLY = { readTimeout: 0 };

/** Keyspaces of this run's tests begin with this; other runs may use the same cluster at the same time. */
export function keyspacePrefix(): string {
  return `rekeytest_${process.env[SHARED_RUN] ?? "alone"}_`;
}

/** Creates a keyspace with one replica, and returns its name: one that no other test has, unless it is given. */
export async function freshKeyspace(client: Client, name = newName()): Promise<string> {
  const local = await client.execute("SELECT data_center FROM system.local");
  const dc: string = local.first().get("data_center");
  await client.execute(
    `CREATE KEYSPACE ${name} WITH replication = {'class': 'NetworkTopologyStrategy', '${dc}': 1}`,
    [],
    PATIENTLY,
  );
  return name;
}

function newName(): string {
  return `${keyspacePrefix()}${randomUUID().replaceAll("-", "").slice(0, 20)}`;
}

/** Drops every keyspace whose name begins so: a test's own, and those that it named after it. */
export async function dropKeyspaces(client: Client, prefix: string): Promise<void> {
  const found = await client.execute("SELECT keyspace_name FROM system_schema.keyspaces");
  for (const row of found.rows) {
    const name: string = row.get("keyspace_name");
    if (name.startsWith(prefix)) await client.execute(`DROP KEYSPACE IF EXISTS ${name}`, [], PATIENTLY);
  }
}
