import { RekeyError } from "@cassandra-rekey/core";
import { LOCAL_DC } from "./node-conf.ts";
import type { CassandraOptions, TlsOptions, WantedCassandra } from "./options.ts";

const DEFAULT_VERSION = "5.0.9";
const MAX_NODES = 3;

/** The version of whoever names none: `REKEY_TEST_VERSION`, else the newest that is tested. */
export function defaultVersion(env: NodeJS.ProcessEnv = process.env): string {
  return env.REKEY_TEST_VERSION || DEFAULT_VERSION;
}

/**
 * Fills in the defaults.
 *
 * @throws RekeyError `USAGE.INVALID` for options that contradict what can be started.
 */
export function wantedCassandra(options: CassandraOptions): WantedCassandra {
  const version = options.version ?? defaultVersion();
  if (!/^[45]\.\d+\.\d+$/.test(version)) {
    throw new RekeyError("USAGE.INVALID", `Cassandra "${version}" is not a released version 4.x.y or 5.x.y.`);
  }
  const nodes = options.nodes ?? options.dataCenters?.length ?? 1;
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > MAX_NODES) {
    throw new RekeyError("USAGE.INVALID", `nodes is ${nodes}; it must be between 1 and ${MAX_NODES}.`);
  }
  const dataCenters = options.dataCenters ?? nodeHosts(nodes).map(() => LOCAL_DC);
  if (dataCenters.length !== nodes) {
    throw new RekeyError(
      "USAGE.INVALID",
      `There are ${nodes} nodes and ${dataCenters.length} dataCenters; name one for each node.`,
    );
  }
  return {
    version,
    nodes,
    dataCenters,
    heap: options.heap ?? "768m",
    port: options.port,
    auth: options.auth ?? false,
    tls: wantedTls(options.tls ?? false, nodes),
    clientHosts: options.clientHosts ?? [],
    config: options.config ?? {},
    jvmArguments: options.jvmArguments ?? [],
    javaHome: options.javaHome,
    keep: options.keep ?? false,
    from: options.from ?? ["environment", "docker", "jvm"],
    progress: options.progress ?? (() => {}),
    ordinary:
      options.version === undefined &&
      options.port === undefined &&
      options.clientHosts === undefined &&
      options.config === undefined &&
      options.dataCenters === undefined &&
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
