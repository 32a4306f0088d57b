import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { isRekeyError } from "@cassandra-rekey/core";
import type { CassandraAddress } from "../cassandra-address.ts";
import { connectClient } from "../connect-client.ts";
import type { LocalCassandra } from "../local-cassandra.ts";
import { startCassandra } from "../start-cassandra.ts";
import { FLAVOURS, type Flavour, SHARED_RUN, SHARED_URL } from "./flavours.ts";
import { dropKeyspaces, keyspacePrefix } from "./keyspaces.ts";

/**
 * Offers shared clusters to the tests of this process's children, through a server on loopback that starts a
 * flavour at the first request for it, and only once. Disposing of it stops them all.
 */
export async function offerSharedCassandra(progress: (line: string) => void): Promise<AsyncDisposable> {
  const started = new Map<Flavour, Promise<LocalCassandra>>();
  const flavour = (name: Flavour): Promise<LocalCassandra> => {
    const known = started.get(name);
    if (known) return known;
    const starting = startCassandra({ ...FLAVOURS[name], progress });
    started.set(name, starting);
    return starting;
  };
  const server = createServer((request, response) => {
    const name = (request.url ?? "").slice(1);
    const answer = Object.hasOwn(FLAVOURS, name)
      ? flavour(name as Flavour).then(plainAddress)
      : Promise.reject(new TypeError(`There is no shared Cassandra "${name}".`));
    answer.then(
      (address) => response.end(JSON.stringify(address)),
      (error) => response.writeHead(503).end(JSON.stringify(refusal(error))),
    );
  });
  // A first start may have to download; requests wait for it.
  server.requestTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.env[SHARED_URL] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env[SHARED_RUN] = randomBytes(4).toString("hex");
  return {
    async [Symbol.asyncDispose]() {
      delete process.env[SHARED_URL];
      server.close();
      server.closeAllConnections();
      const ends = [...started.values()].map((starting) => starting.then(end, () => {}));
      await Promise.all(ends);
      delete process.env[SHARED_RUN];
    },
  };
}

async function end(cassandra: LocalCassandra): Promise<void> {
  if (cassandra.how === "environment") await dropTestKeyspaces(cassandra);
  await cassandra.stop();
}

/** Only a cluster that goes on without us needs this. What other runs have there is theirs. */
async function dropTestKeyspaces(address: CassandraAddress): Promise<void> {
  const client = await connectClient(address);
  try {
    await dropKeyspaces(client, keyspacePrefix());
  } finally {
    await client.shutdown();
  }
}

function plainAddress(cassandra: LocalCassandra): CassandraAddress {
  const { how, version, contactPoints, port, localDc, credentials, tls, tlsRequired } = cassandra;
  return {
    how,
    version,
    contactPoints,
    port,
    localDc,
    ...(credentials && { credentials }),
    ...(tls && { tls }),
    ...(tlsRequired !== undefined && { tlsRequired }),
  };
}

function refusal(error: unknown): { message: string; hint: string; problems: readonly string[] } {
  if (isRekeyError(error)) return { message: error.message, hint: error.hint, problems: error.problems };
  return { message: String(error), hint: "See the cause.", problems: [] };
}
