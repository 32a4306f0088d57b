import { randomUUID } from "node:crypto";
import { RekeyError } from "@cassandra-rekey/core";
import type { Client } from "cassandra-driver";
import type { CassandraAddress } from "../cassandra-address.ts";
import { type Flavour, SHARED_RUN, SHARED_URL } from "./flavours.ts";

export type { CassandraAddress, TlsFiles } from "../cassandra-address.ts";
export { clientOptions, connectClient } from "../connect-client.ts";
export type { Flavour } from "./flavours.ts";
export { type CassandraSince, isCassandra, needsCassandra } from "./needs-cassandra.ts";

/** Keyspaces of this run's tests begin with this; other runs may use the same cluster at the same time. */
export function keyspacePrefix(): string {
  return `rekeytest_${process.env[SHARED_RUN] ?? "alone"}_`;
}

/**
 * The cluster of that flavour which all tests of this run share, started now if no test asked before.
 *
 * @throws RekeyError `CLUSTER.UNREACHABLE` where none can be started; `USAGE.INVALID` outside a test run.
 */
export async function sharedCassandra(flavour: Flavour = "plain"): Promise<CassandraAddress> {
  const url = process.env[SHARED_URL];
  if (url === undefined) {
    throw new RekeyError("USAGE.INVALID", `${SHARED_URL} is not set: no shared Cassandra is offered here.`, {
      hint: "Run the tests through vitest from the root: its global set-up offers one.",
    });
  }
  const answer = await fetch(`${url}/${flavour}`);
  const body = (await answer.json()) as
    | CassandraAddress
    | { message: string; hint: string; problems: string[] };
  if (!("message" in body)) return body;
  throw new RekeyError("CLUSTER.UNREACHABLE", body.message, {
    hint: body.hint,
    problems: body.problems,
    retryable: false,
  });
}

/** Creates a keyspace that no other test has, with one replica, and returns its name. */
export async function freshKeyspace(client: Client): Promise<string> {
  const name = `${keyspacePrefix()}${randomUUID().replaceAll("-", "").slice(0, 20)}`;
  const local = await client.execute("SELECT data_center FROM system.local");
  const dc: string = local.first().get("data_center");
  await client.execute(
    `CREATE KEYSPACE ${name} WITH replication = {'class': 'NetworkTopologyStrategy', '${dc}': 1}`,
  );
  return name;
}
