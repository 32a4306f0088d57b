/** Where a Cassandra may come from, tried in this order. */
export type CassandraOrigin = "environment" | "docker" | "jvm";

/** How the client port is encrypted. */
export interface TlsOptions {
  /** Unencrypted connections are accepted on the same port as well; `false` when left out. */
  readonly plaintext?: boolean;
  /** Encrypted connections must present a certificate of the generated CA; `"ignored"` when left out. */
  readonly clientCertificate?: "ignored" | "required";
  /**
   * Subject alternative names of the server's certificate, as in `IP:127.0.0.1` or `DNS:localhost`;
   * the addresses of the nodes and `localhost` when left out.
   */
  readonly names?: readonly string[];
}

/** What to start. Everything may be left out: one node of the default version, open to everyone on loopback. */
export interface CassandraOptions {
  /** A version of `org.apache.cassandra:cassandra-all`; that of `REKEY_TEST_VERSION`, else 5.0.9, when left out. */
  readonly version?: string;
  /** Nodes on 127.0.0.1, 127.0.0.2, …; 1 when left out, 3 at most. */
  readonly nodes?: number;
  /** The data centre of each node, in their order; `datacenter1` for all when left out. The first is the local one. */
  readonly dataCenters?: readonly string[];
  /** Heap of each node, as the JVM writes it; `"768m"` when left out. */
  readonly heap?: string;
  /** The native port of all nodes; a free one when left out. */
  readonly port?: number;
  /** Passwords and permissions are checked; the superuser is cassandra/cassandra. */
  readonly auth?: boolean;
  readonly tls?: boolean | TlsOptions;
  /**
   * Addresses that the nodes tell clients to connect to, in their order, for a proxy before each of them; their own when
   * left out. JVM only.
   */
  readonly clientHosts?: readonly string[];
  /** Further keys of cassandra.yaml, and keys that replace ours. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Further JVM arguments, for example `-Dcassandra.…`. */
  readonly jvmArguments?: readonly string[];
  /** The Java to run on; `JAVA_HOME`, then the one on the PATH when left out. */
  readonly javaHome?: string;
  /** Leave it running when this process ends; `stopHint` says how to stop it. */
  readonly keep?: boolean;
  /** Origins that are allowed, for what only one of them can do; all when left out. */
  readonly from?: readonly CassandraOrigin[];
  /** Called with one line for each thing that takes time. */
  readonly progress?: (line: string) => void;
}

/** {@link CassandraOptions} with every default filled in. */
export interface WantedCassandra {
  readonly version: string;
  readonly nodes: number;
  /** One for each node. */
  readonly dataCenters: readonly string[];
  readonly heap: string;
  readonly port: number | undefined;
  readonly auth: boolean;
  readonly tls: Required<TlsOptions> | undefined;
  readonly clientHosts: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly jvmArguments: readonly string[];
  readonly javaHome: string | undefined;
  readonly keep: boolean;
  readonly from: readonly CassandraOrigin[];
  readonly progress: (line: string) => void;
  /** Nothing was asked for that a cluster of somebody else may not have. */
  readonly ordinary: boolean;
}
