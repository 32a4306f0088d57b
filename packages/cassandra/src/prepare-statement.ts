import { createRequire } from "node:module";
import type { Client, ClientOptions } from "cassandra-driver";

/** What `execute` of driver 4.10 calls first; neither it nor its module has type declarations. */
interface PrepareHandler {
  getPrepared(client: Client, balancing: unknown, cql: string, keyspace: string): Promise<unknown>;
}

const handler: PrepareHandler = createRequire(import.meta.url)("cassandra-driver/lib/prepare-handler.js");

/** Prepares a statement without executing it, into the cache that `execute` and `batch` look into. */
export async function prepareStatement(client: Client, cql: string): Promise<void> {
  const { options } = client as unknown as { readonly options: ClientOptions };
  await handler.getPrepared(client, options.policies?.loadBalancing, cql, client.keyspace);
}
