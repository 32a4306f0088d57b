import { readFile } from "node:fs/promises";
import { Client, type ClientOptions } from "cassandra-driver";
import type { CassandraAddress } from "./cassandra-address.ts";

/** Longer than any limit of a node's own (`range_request_timeout`, 20 s): it is the node that says what it could not do. */
const READ_TIMEOUT_MS = 60_000;

/**
 * The driver's options for a cluster: as its superuser where passwords are checked, and over TLS (with the
 * client's certificate) where that is required.
 */
export async function clientOptions(address: CassandraAddress): Promise<ClientOptions> {
  const { credentials, tls } = address;
  return {
    contactPoints: [...address.contactPoints],
    localDataCenter: address.localDc,
    protocolOptions: { port: address.port },
    socketOptions: { readTimeout: READ_TIMEOUT_MS },
    ...(credentials && { credentials: { ...credentials } }),
    ...(tls &&
      address.tlsRequired && {
        sslOptions: {
          ca: [await readFile(tls.ca)],
          cert: await readFile(tls.clientCertificate),
          key: await readFile(tls.clientKey),
          rejectUnauthorized: true,
        },
      }),
  };
}

/** A connected client; the caller shuts it down. */
export async function connectClient(address: CassandraAddress, more: ClientOptions = {}): Promise<Client> {
  const client = new Client({ ...(await clientOptions(address)), ...more });
  try {
    await client.connect();
  } catch (error) {
    await client.shutdown();
    throw error;
  }
  return client;
}
