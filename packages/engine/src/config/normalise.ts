import type { SecretRef, WriteMode } from "@cassandra-rekey/core";
import type { ClusterInput } from "./cluster-schema.ts";
import type { ConfigInput, StateInput } from "./config-schema.ts";
import { parseContactPoint } from "./contact-point.ts";
import { normaliseKeys, normaliseProvider } from "./normalise-keyring.ts";
import { type Resolve, resolveFrom } from "./resolve-from.ts";
import type {
  ClusterSettings,
  Credential,
  ExecutionSettings,
  HookSettings,
  PartSettings,
  Settings,
  TableSettings,
  TlsSettings,
} from "./settings.ts";
import { DEFAULT_LABEL, encryptedPlaces, partitionKeyOf } from "./table-rules.ts";
import type { TableInput } from "./table-schema.ts";

/** The throttle of a configuration that names none. */
export const DEFAULT_THROTTLE = "adaptive";

/** The Python tool's default keyspace for jobs. */
const DEFAULT_STATE_KEYSPACE = "rekey_meta";

/** The file for jobs when the configuration names none. */
const DEFAULT_STATE_FILE = "cassandra-rekey.state.db";

/** Writes out every shorthand. The input has passed schema and rules. */
export function normalise(input: ConfigInput, directory: string): Settings {
  const resolve = resolveFrom(directory);
  const keys = input.keys ? normaliseKeys(input.keys, resolve) : normaliseProvider(input.provider!, resolve);
  return {
    cluster: cluster(input.cluster, resolve),
    state: state(input.state, resolve, input.execution.stuck_chunk_seconds),
    keys,
    ...(input.keyrings && { keyrings: namedKeyrings(input.keyrings, resolve) }),
    tables: input.tables.map((table, index) => tableSettings(table, index, input.cluster.keyspace)),
    execution: execution(input),
    throttles: throttles(input),
    hooks: input.hooks.map(({ type, critical, ...options }, index): HookSettings => {
      return { type, critical, options, at: ["hooks", index] };
    }),
    ...(input.plugins.allow ? { allowedPlugins: input.plugins.allow } : {}),
  };
}

function namedKeyrings(
  input: NonNullable<ConfigInput["keyrings"]>,
  resolve: Resolve,
): NonNullable<Settings["keyrings"]> {
  return new Map(
    Object.entries(input).map(([name, keys]) => [name, normaliseKeys(keys, resolve, ["keyrings", name])]),
  );
}

function cluster(input: ClusterInput, resolve: Resolve): ClusterSettings {
  const username = credential(input.username, input.username_env, undefined);
  const password = credential(input.password, input.password_env, input.password_file);
  const tls = tlsSettings(input.tls, resolve);
  return {
    contactPoints: input.contact_points.map((point) => parseContactPoint(point, input.port)!),
    port: input.port,
    ...(input.local_dc === undefined ? {} : { localDc: input.local_dc }),
    keyspace: input.keyspace,
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(tls ? { tls } : {}),
    requestTimeoutMs: input.request_timeout_ms,
    ...(input.max_in_flight === undefined ? {} : { maxInFlight: input.max_in_flight }),
  };
}

function credential(
  value: string | undefined,
  env: string | undefined,
  file: string | undefined,
): Credential | undefined {
  if (value !== undefined) return { value };
  return secretRef(env, file);
}

function secretRef(env: string | undefined, file: string | undefined): SecretRef | undefined {
  if (env !== undefined) return { env };
  return file === undefined ? undefined : { file };
}

function tlsSettings(input: ClusterInput["tls"], resolve: Resolve): TlsSettings | undefined {
  if (!input) return undefined;
  if (input === true) return { checkHostname: true };
  return {
    ...(input.ca_file === undefined ? {} : { caFile: resolve(input.ca_file) }),
    ...(input.cert_file === undefined ? {} : { certFile: resolve(input.cert_file) }),
    ...(input.key_file === undefined ? {} : { keyFile: resolve(input.key_file) }),
    ...(input.passphrase_env === undefined ? {} : { passphrase: { env: input.passphrase_env } }),
    checkHostname: input.check_hostname,
  };
}

function state(input: StateInput | undefined, resolve: Resolve, stuckSeconds: number): PartSettings {
  const { type = "cassandra", ...options } = input ?? { type: "file" };
  const at = ["state"];
  if (type === "cassandra") {
    // What the Python tool's own setting says of the chunks that it left.
    const defaults = { keyspace: DEFAULT_STATE_KEYSPACE, python_stuck_seconds: stuckSeconds };
    return { type, options, defaults, at };
  }
  if (type !== "file") return { type, options, at };
  // Beside the configuration, so that every process that uses it finds the same jobs.
  const defaults = { path: resolve(DEFAULT_STATE_FILE) };
  const { path } = options as { path?: unknown };
  return typeof path === "string"
    ? { type, options: { ...options, path: resolve(path) }, defaults, at }
    : { type, options, defaults, at };
}

function tableSettings(input: TableInput, index: number, defaultKeyspace: string): TableSettings {
  const partitionKey = partitionKeyOf(input);
  return {
    name: input.name,
    keyspace: input.keyspace ?? defaultKeyspace,
    ...(partitionKey ? { partitionKey } : {}),
    ...(input.clustering_key ? { clusteringKey: input.clustering_key } : {}),
    ...encryptedColumns(input),
    ...(input.keyring !== undefined && { keyring: input.keyring }),
    keyVersionColumn: input.key_version_column ?? DEFAULT_LABEL,
    keyVersionColumnConfigured: input.key_version_column !== undefined,
    chunks: input.chunks,
    writeMode: writeMode(input),
    ...(input.application_writes === "none" && { writersStopped: true }),
    ...(input.elements_never_expire && { elementsNeverExpire: true }),
    consistency: input.consistency,
    accept: input.accept,
    at: ["tables", index],
  };
}

function writeMode({ use_lwt_guard, application_writes, application_timestamps }: TableInput): WriteMode {
  if (use_lwt_guard && application_writes !== "plain") return "lwt";
  return application_timestamps === "coarse" ? "same-timestamp" : "fenced";
}

function encryptedColumns(
  input: TableInput,
): Pick<TableSettings, "encryptedColumns" | "leafPaths" | "columnKeyrings"> {
  const paths = new Map<string, string[]>();
  const columnKeyrings = new Map<string, string>();
  for (const { name, path, keyring } of encryptedPlaces(input)) {
    const known = paths.get(name) ?? [];
    paths.set(name, path === undefined ? known : [...known, path]);
    if (keyring !== undefined) columnKeyrings.set(name, keyring);
  }
  // Without a prototype: a column may be called constructor.
  const leafPaths: Record<string, readonly string[]> = Object.create(null);
  for (const [name, inside] of paths) if (inside.length > 0) leafPaths[name] = inside;
  return {
    encryptedColumns: [...paths.keys()],
    ...(Object.keys(leafPaths).length > 0 && { leafPaths }),
    ...(columnKeyrings.size > 0 && { columnKeyrings }),
  };
}

function execution({ execution: input }: ConfigInput): ExecutionSettings {
  return {
    workers: input.workers,
    pageSize: input.page_size,
    pageBytes: input.page_bytes,
    maxAttempts: input.max_attempts,
    maxSweeps: input.max_sweeps,
    dryRun: input.dry_run,
    stuckChunkSeconds: input.stuck_chunk_seconds,
    settleSeconds: input.settle_seconds,
    maxWriteAgeSeconds: input.max_write_age_seconds,
    maxQuarantined: input.max_quarantined,
    maxKeyOutageSeconds: input.max_key_outage_seconds,
    leaseSeconds: input.lease_seconds,
    ...(input.checkpoint_interval_ms === undefined
      ? {}
      : { checkpointIntervalMs: input.checkpoint_interval_ms }),
    maxInFlight: input.max_in_flight,
  };
}

function throttles(input: ConfigInput): readonly PartSettings[] {
  const { read_p99_threshold_ms: threshold_ms, pause_on_backpressure: pause } = input.execution;
  if (!input.throttles && threshold_ms === undefined)
    return [{ type: DEFAULT_THROTTLE, options: {}, at: ["throttles"], optional: true }];
  const configured = (input.throttles ?? []).map(({ type, ...options }, index): PartSettings => {
    return { type, options, at: ["throttles", index] };
  });
  if (threshold_ms === undefined) return configured;
  const shorthand: PartSettings = {
    type: "latency",
    options: { threshold_ms, pause },
    at: ["execution", "read_p99_threshold_ms"],
    written: {
      threshold_ms: ["execution", "read_p99_threshold_ms"],
      pause: ["execution", "pause_on_backpressure"],
    },
  };
  return [shorthand, ...configured];
}
