import { RekeyError } from "@cassandra-rekey/core";
import type { CassandraOptions, TlsOptions, WantedCassandra } from "./options.ts";

const DEFAULT_VERSION = "5.0.9";
const MAX_NODES = 3;

/**
 * Fills in the defaults.
 *
 * @throws RekeyError `USAGE.INVALID` for options that contradict what can be started.
 */
export function wantedCassandra(options: CassandraOptions): WantedCassandra {
  const version = options.version ?? DEFAULT_VERSION;
  if (!/^[45]\.\d+\.\d+$/.test(version)) {
    throw new RekeyError("USAGE.INVALID", `Cassandra "${version}" is not a released version 4.x.y or 5.x.y.`);
  }
  const nodes = options.nodes ?? 1;
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > MAX_NODES) {
    throw new RekeyError("USAGE.INVALID", `nodes is ${nodes}; it must be between 1 and ${MAX_NODES}.`);
  }
  return {
    version,
    nodes,
    heap: options.heap ?? "768m",
    port: options.port,
    auth: options.auth ?? false,
    tls: wantedTls(options.tls ?? false, nodes),
    config: options.config ?? {},
    jvmArguments: options.jvmArguments ?? [],
    javaHome: options.javaHome,
    keep: options.keep ?? false,
    from: options.from ?? ["environment", "docker", "jvm"],
    progress: options.progress ?? (() => {}),
    ordinary:
      options.version === undefined &&
      options.port === undefined &&
      options.config === undefined &&
      nodes === 1 &&
      !options.auth &&
      !options.tls,
  };
}

function wantedTls(tls: boolean | TlsOptions, nodes: number): Required<TlsOptions> | undefined {
  if (tls === false) return undefined;
  const given = tls === true ? {} : tls;
  return {
    plaintext: given.plaintext ?? false,
    clientCertificate: given.clientCertificate ?? "ignored",
    names: given.names ?? ["DNS:localhost", ...nodeHosts(nodes).map((host) => `IP:${host}`)],
  };
}

/** The loopback addresses of a cluster's nodes. */
export function nodeHosts(nodes: number): readonly string[] {
  return Array.from({ length: nodes }, (_, index) => `127.0.0.${index + 1}`);
}
