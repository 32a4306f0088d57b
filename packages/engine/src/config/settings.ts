import type { SecretRef, WriteMode } from "@cassandra-rekey/core";

// A SecretRef's file name is as written: `secretReader` starts relative ones at the configuration's folder.

/** Where a value stands in the configuration: `["tables", 0, "chunks"]`. */
export type ConfigPath = readonly (string | number)[];

/** A position in the configuration file, both counted from 1. */
export interface Place {
  readonly line: number;
  readonly col: number;
}

/** A user name or password: where it is kept, or (for the Python tool's configurations) the text itself. */
export type Credential = SecretRef | { readonly value: string };

/** Options of a plugin's part, still to be validated by the part's own schema. */
export interface PartSettings {
  /** The part's name: `fernet`, `cassandra`, `latency`. */
  readonly type: string;
  /** As written in the file (snake_case), without what the configuration itself consumes. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Options that the configuration gives the part where the file does not. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Where the part stands in the file. */
  readonly at: ConfigPath;
  /** Nobody asked for it: left out where no plugin that is installed and may be imported has it. */
  readonly optional?: true;
  /** Where an option stands when it is not simply below `at`: shorthands spell some options elsewhere. */
  readonly written?: Readonly<Record<string, ConfigPath>>;
}

/** One hook. */
export interface HookSettings extends PartSettings {
  /** Whether a failure of this hook fails the job. */
  readonly critical: boolean;
}

/** A provider in a file of the configuration's own. */
export interface LocalModule {
  /** Absolute, or relative to the working directory. */
  readonly path: string;
  /** As the configuration spells it; what an allow-list is compared with. */
  readonly spelling: string;
  /** Which of the module's providers; may be left out when it has one. */
  readonly provider?: string;
}

/** One key of the keyring; `type` is its provider, or the module's file name when only that is given. */
export interface KeySettings extends PartSettings {
  /** The key version label, unique in the keyring. */
  readonly version: string;
  /** A local module to load the provider from instead of a plugin package. */
  readonly module?: LocalModule;
}

/** The keys of a job: what cells are rewritten to, and what they may be under now. */
export interface KeyringSettings {
  readonly target: KeySettings;
  readonly previous: readonly KeySettings[];
}

/** How the keyring of {@link Settings.keys} is referred to: by tables, columns and messages. */
export const DEFAULT_KEYRING = "keys";

/** TLS to the cluster. File names are absolute or relative to the working directory. */
export interface TlsSettings {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  /** Passphrase of `keyFile`. */
  readonly passphrase?: SecretRef;
  /** Whether the node's certificate must name the host connected to. */
  readonly checkHostname: boolean;
}

/** How the cluster is reached. */
export interface ClusterSettings {
  /** At least one. Ports are filled in. */
  readonly contactPoints: readonly { readonly host: string; readonly port: number }[];
  /** Port of nodes that are discovered. */
  readonly port: number;
  readonly localDc?: string;
  /** The keyspace of tables that name none. */
  readonly keyspace: string;
  readonly username?: Credential;
  readonly password?: Credential;
  readonly tls?: TlsSettings;
  /** Milliseconds that one request may take. */
  readonly requestTimeoutMs: number;
  /** Requests that this process may have outstanding at the driver, state store included. */
  readonly maxInFlight?: number;
}

/** Consistency levels of a table's requests. */
export interface ConsistencySettings {
  readonly read: string;
  readonly write: string;
  /** Of lightweight transactions; the cluster decides when left out. */
  readonly serial?: string | undefined;
}

/** One table of a job. */
export interface TableSettings {
  readonly name: string;
  readonly keyspace: string;
  /** As configured, to be checked against the live schema; absent when the file names none. */
  readonly partitionKey?: readonly string[];
  readonly clusteringKey?: readonly string[];
  /** At least one, all different. */
  readonly encryptedColumns: readonly string[];
  /** Where ciphertext is inside frozen values, by column; every text and blob inside where a column is not named. */
  readonly leafPaths?: Readonly<Record<string, readonly string[]>>;
  /** The keyring of its encrypted columns; absent: {@link DEFAULT_KEYRING}. */
  readonly keyring?: string;
  /** Keyrings of single columns, where they are not the table's. */
  readonly columnKeyrings?: ReadonlyMap<string, string>;
  readonly keyVersionColumn: string;
  /** Whether the file names the label column; then a table without it is a mistake. */
  readonly keyVersionColumnConfigured: boolean;
  readonly chunks: number | "auto";
  /**
   * `lwt` only where the file says both `use_lwt_guard` and `application_writes: lwt` or `none`; else `same-timestamp` where
   * it says `application_timestamps: coarse`.
   */
  readonly writeMode: WriteMode;
  /** The file says `application_writes: none`. */
  readonly writersStopped?: true;
  /** The file says that no part of what is not frozen has a TTL. */
  readonly elementsNeverExpire?: true;
  readonly consistency: ConsistencySettings;
  /** Names of doctor checks whose failure is accepted for this table. */
  readonly accept: readonly string[];
  readonly at: ConfigPath;
}

/** How a job is carried out. */
export interface ExecutionSettings {
  readonly workers: number;
  /** Rows a page at most. */
  readonly pageSize: number;
  /** Bytes a page at most (approximate: page sizes adapt). */
  readonly pageBytes: number;
  /** Attempts for one chunk before it is failed. */
  readonly maxAttempts: number;
  /** Sweeps of a run until clean, at most. */
  readonly maxSweeps: number;
  readonly dryRun: boolean;
  /** Age after which the janitor takes a running chunk for abandoned. */
  readonly stuckChunkSeconds: number;
  /** Age under which a cell is left for a later visit. */
  readonly settleSeconds: number;
  /** Age of a page past which its writes are dropped and the page is read again. */
  readonly maxWriteAgeSeconds: number;
  /** Quarantined cells after which the run stops. */
  readonly maxQuarantined: number;
  /** How long a run waits for a key service that is throttled or down before it stops. */
  readonly maxKeyOutageSeconds: number;
  readonly leaseSeconds: number;
  /** Milliseconds between checkpoints of a chunk; absent: what the state store asks for. */
  readonly checkpointIntervalMs?: number;
  /** Requests in flight for reading and writing tables, in this process. */
  readonly maxInFlight: number;
}

/** A configuration with every default filled in and every shorthand written out. */
export interface Settings {
  readonly cluster: ClusterSettings;
  readonly state: PartSettings;
  /** The keyring of all tables and columns that name none. */
  readonly keys: KeyringSettings;
  /** Further keyrings by name; absent: none. */
  readonly keyrings?: ReadonlyMap<string, KeyringSettings>;
  /** At least one. */
  readonly tables: readonly TableSettings[];
  readonly execution: ExecutionSettings;
  readonly throttles: readonly PartSettings[];
  readonly hooks: readonly HookSettings[];
  /** Packages that may be imported (`@scope/*`, `name`, `name@1.2.3`); absent: all. */
  readonly allowedPlugins?: readonly string[];
}

/** A configuration file that was read and found good. */
export interface LoadedConfig {
  /** As it was given. */
  readonly path: string;
  /** The folder of the file; relative file names in the configuration start here. */
  readonly directory: string;
  readonly settings: Settings;
  /** What is accepted but probably not what was meant; one line each, with its place. */
  readonly warnings: readonly string[];
  /** The place of a value in the file, or of the nearest thing around it that is there. */
  locate(path: ConfigPath): Place;
}
