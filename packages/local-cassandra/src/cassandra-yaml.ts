import { join } from "node:path";
import type { WantedCassandra } from "./options.ts";
import { KEYSTORE_PASSWORD, type TlsStores } from "./tls-stores.ts";

/** Where one node lives. */
export interface NodePlace {
  readonly folder: string;
  readonly host: string;
  /** Where clients are told to connect, when that is not the node itself. */
  readonly clientHost?: string | undefined;
  readonly seed: string;
  readonly nativePort: number;
  readonly storagePort: number;
  readonly sslStoragePort: number;
}

/** A node's `cassandra.yaml`, as JSON, which YAML includes. */
export function cassandraYaml(
  wanted: WantedCassandra,
  place: NodePlace,
  stores: TlsStores | undefined,
): string {
  const own = {
    cluster_name: "cassandra-rekey",
    partitioner: "org.apache.cassandra.dht.Murmur3Partitioner",
    endpoint_snitch: "GossipingPropertyFileSnitch",
    num_tokens: 16,
    seed_provider: [
      {
        class_name: "org.apache.cassandra.locator.SimpleSeedProvider",
        parameters: [{ seeds: place.seed }],
      },
    ],
    ...addresses(place),
    ...folders(place.folder),
    ...access(wanted, stores),
    ...durability(wanted.version),
    ...features(wanted.version),
  };
  return `${JSON.stringify({ ...own, ...wanted.config }, undefined, 2)}\n`;
}

function addresses(place: NodePlace): object {
  return {
    listen_address: place.host,
    rpc_address: place.host,
    ...(place.clientHost !== undefined && { broadcast_rpc_address: place.clientHost }),
    native_transport_port: place.nativePort,
    storage_port: place.storagePort,
    ssl_storage_port: place.sslStoragePort,
  };
}

function folders(folder: string): object {
  return {
    data_file_directories: [join(folder, "data")],
    commitlog_directory: join(folder, "commitlog"),
    saved_caches_directory: join(folder, "saved_caches"),
    hints_directory: join(folder, "hints"),
    cdc_raw_directory: join(folder, "cdc_raw"),
  };
}

function access(wanted: WantedCassandra, stores: TlsStores | undefined): object {
  return {
    authenticator: wanted.auth ? "PasswordAuthenticator" : "AllowAllAuthenticator",
    authorizer: wanted.auth ? "CassandraAuthorizer" : "AllowAllAuthorizer",
    // A grant, a revocation or a new password counts from the next statement on, so nobody has to wait for it.
    ...(wanted.auth && {
      [key(wanted.version, "roles_validity_in_ms", "roles_validity")]: milliseconds(wanted.version, 0),
      [key(wanted.version, "permissions_validity_in_ms", "permissions_validity")]: milliseconds(
        wanted.version,
        0,
      ),
      [key(wanted.version, "credentials_validity_in_ms", "credentials_validity")]: milliseconds(
        wanted.version,
        0,
      ),
    }),
    ...(wanted.tls &&
      stores && {
        client_encryption_options: {
          enabled: true,
          optional: wanted.tls.plaintext,
          keystore: stores.keystore,
          keystore_password: KEYSTORE_PASSWORD,
          require_client_auth: wanted.tls.clientCertificate === "required",
          truststore: stores.truststore,
          truststore_password: KEYSTORE_PASSWORD,
          store_type: "PKCS12",
        },
      }),
  };
}

function durability(version: string): object {
  const waits = {
    read_request_timeout: 10_000,
    write_request_timeout: 10_000,
    range_request_timeout: 20_000,
    request_timeout: 20_000,
    cas_contention_timeout: 5_000,
  };
  return {
    commitlog_sync: "periodic",
    [key(version, "commitlog_sync_period_in_ms", "commitlog_sync_period")]: milliseconds(version, 10_000),
    // Dropped keyspaces need no copy of themselves.
    auto_snapshot: false,
    // A machine that is busy with tests pauses for longer than a server would.
    ...Object.fromEntries(
      Object.entries(waits).map(([name, ms]) => [
        key(version, `${name}_in_ms`, name),
        milliseconds(version, ms),
      ]),
    ),
  };
}

function features(version: string): object {
  return {
    [key(version, "enable_materialized_views", "materialized_views_enabled")]: true,
    [key(version, "enable_user_defined_functions", "user_defined_functions_enabled")]: false,
    ...(version.startsWith("5.") && { dynamic_data_masking_enabled: true }),
  };
}

/** 4.1 renamed the settings that carry a unit in their name. */
function key(version: string, upTo40: string, since41: string): string {
  return version.startsWith("4.0.") ? upTo40 : since41;
}

function milliseconds(version: string, ms: number): number | string {
  return version.startsWith("4.0.") ? ms : `${ms}ms`;
}
