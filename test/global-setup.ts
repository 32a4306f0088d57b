import { offerSharedCassandra } from "@cassandra-rekey/local-cassandra/shared-server";

/** Offers the one Cassandra that all projects share. It starts when the first test asks for it. */
export async function setup(): Promise<() => Promise<void>> {
  const offer = await offerSharedCassandra((line) => console.error(`cassandra: ${line}`));
  return async () => await offer[Symbol.asyncDispose]();
}
