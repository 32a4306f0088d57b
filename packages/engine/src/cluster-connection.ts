import { isAbsolute, resolve } from "node:path";
import type { ClusterSettings as ConnectionSettings } from "@cassandra-rekey/cassandra";
import { RekeyError, type SecretRef } from "@cassandra-rekey/core";
import { readBytes, reasonOf } from "./config/config-file.ts";
import { placed } from "./config/place-errors.ts";
import type { ClusterSettings, Credential, LoadedConfig, TlsSettings } from "./config/settings.ts";

/** Largest file of certificates that is read: all that a system trusts are a quarter of a mebibyte. */
const MAX_PEM_BYTES = 4 * 1024 * 1024;

/** What turns settings into something a connection can be opened with. */
export interface ConnectionSources {
  /** Where the settings come from, for messages and relative file names. */
  readonly config: Pick<LoadedConfig, "path" | "directory" | "locate">;
  readonly secret: (ref: SecretRef) => Promise<Uint8Array>;
}

/** Reads the credentials and certificates that the settings refer to. */
export async function connectionSettings(
  cluster: ClusterSettings,
  sources: ConnectionSources,
): Promise<ConnectionSettings> {
  const username = cluster.username && (await credential("username", cluster.username, sources));
  const password = cluster.password && (await credential("password", cluster.password, sources));
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

function credential(
  name: "username" | "password",
  source: Credential,
  sources: ConnectionSources,
): Promise<string> | string {
  if ("value" in source) return source.value;
  return text(source, `${name}_${"env" in source ? "env" : "file"}`, sources);
}

async function text(
  ref: SecretRef,
  setting: string,
  { config, secret }: ConnectionSources,
  section: readonly string[] = ["cluster"],
): Promise<string> {
  try {
    // Drops the byte order mark with which some editors begin a file.
    return new TextDecoder().decode(await secret(ref));
  } catch (error) {
    throw placed(error, config, [...section, setting], ["CONFIG.SECRET_MISSING"]);
  }
}

async function tlsMaterial(
  tls: TlsSettings,
  sources: ConnectionSources,
): Promise<NonNullable<ConnectionSettings["tls"]>> {
  const read = (setting: string, path: string | undefined) =>
    path === undefined ? undefined : pem(setting, path, sources);
  const ca = await read("ca_file", tls.caFile);
  const cert = await read("cert_file", tls.certFile);
  const key = tls.keyFile === undefined ? undefined : await privateKey(tls.keyFile, sources);
  const passphrase =
    tls.passphrase && (await text(tls.passphrase, "passphrase_env", sources, ["cluster", "tls"]));
  return {
    checkHostname: tls.checkHostname,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase }),
  };
}

/** A secret like any other: its file is looked at as those are. */
async function privateKey(file: string, { config, secret }: ConnectionSources): Promise<Buffer> {
  try {
    return Buffer.from(await secret({ file }));
  } catch (error) {
    throw placed(error, config, ["cluster", "tls", "key_file"], ["CONFIG.SECRET_MISSING"]);
  }
}

async function pem(setting: string, path: string, { config }: ConnectionSources): Promise<Buffer> {
  const file = isAbsolute(path) ? path : resolve(config.directory, path);
  const refused = (why: string, cause?: unknown) => {
    const error = new RekeyError("CONFIG.SECRET_MISSING", `The file ${file} ${why}`, { cause });
    return placed(error, config, ["cluster", "tls", setting], [error.code]);
  };
  let bytes: Uint8Array;
  try {
    bytes = await readBytes(file, MAX_PEM_BYTES);
  } catch (cause) {
    throw refused(reasonOf(cause), cause);
  }
  if (bytes.length > MAX_PEM_BYTES) throw refused("is larger than 4 MiB");
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
