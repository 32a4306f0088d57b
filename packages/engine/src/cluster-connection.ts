import { readFile } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import type { ClusterSettings as ConnectionSettings } from "@cassandra-rekey/cassandra";
import { RekeyError, type SecretRef } from "@cassandra-rekey/core";
import type { ClusterSettings, Credential, TlsSettings } from "./config/settings.ts";

/** What turns settings into something a connection can be opened with. */
export interface ConnectionSources {
  readonly directory: string;
  readonly secret: (ref: SecretRef) => Promise<Uint8Array>;
}

/** Reads the credentials and certificates that the settings refer to. */
export async function connectionSettings(
  cluster: ClusterSettings,
  sources: ConnectionSources,
): Promise<ConnectionSettings> {
  const username = cluster.username && (await credential(cluster.username, sources));
  const password = cluster.password && (await credential(cluster.password, sources));
  const tls = cluster.tls && (await tlsMaterial(cluster.tls, sources));
  return {
    contactPoints: cluster.contactPoints.map(({ host, port }) =>
      host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`,
    ),
    port: cluster.port,
    keyspace: cluster.keyspace,
    requestTimeoutMs: cluster.requestTimeoutMs,
    ...(cluster.localDc !== undefined && { localDc: cluster.localDc }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls !== undefined && { tls }),
    ...(cluster.maxInFlight !== undefined && { maxInFlightPerHost: cluster.maxInFlight }),
  };
}

async function credential(source: Credential, { secret }: ConnectionSources): Promise<string> {
  return "value" in source ? source.value : Buffer.from(await secret(source)).toString("utf8");
}

async function tlsMaterial(
  tls: TlsSettings,
  sources: ConnectionSources,
): Promise<NonNullable<ConnectionSettings["tls"]>> {
  const read = (setting: string, path: string | undefined) =>
    path === undefined ? undefined : pem(setting, path, sources.directory);
  const ca = await read("ca_file", tls.caFile);
  const cert = await read("cert_file", tls.certFile);
  const key = await read("key_file", tls.keyFile);
  const passphrase = tls.passphrase && Buffer.from(await sources.secret(tls.passphrase)).toString("utf8");
  return {
    checkHostname: tls.checkHostname,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase }),
  };
}

async function pem(setting: string, path: string, directory: string): Promise<Buffer> {
  const file = isAbsolute(path) ? path : resolve(directory, path);
  try {
    return await readFile(file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "error";
    throw new RekeyError("CONFIG.SECRET_MISSING", `cluster.tls.${setting}: cannot read ${file} (${code})`, {
      cause,
    });
  }
}
