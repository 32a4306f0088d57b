import type { CassandraAddress } from "./cassandra-address.ts";

/** One node of a cluster that runs in local JVMs. */
export interface CassandraNode {
  readonly host: string;
  /** Of the JVM. Another one after the node was started again. */
  readonly pid: number;
  readonly jmxPort: number;
  /** Its `data`, `conf`, `log` and the rest. */
  readonly folder: string;
}

/** A Cassandra that was found or started. Disposing of it stops what was started, unless it is to be kept. */
export interface LocalCassandra extends CassandraAddress, AsyncDisposable {
  /** The nodes' JVMs; empty unless `how` is `"jvm"`. */
  readonly nodes: readonly CassandraNode[];
  /** A shell command that stops it and removes its data; undefined for a cluster of the environment. */
  readonly stopHint: string | undefined;
  /** The last lines of a node's log; empty for a cluster of the environment. */
  logTail(lines?: number, node?: number): Promise<string>;
  /**
   * What `nodetool` prints for these arguments.
   *
   * @throws RekeyError `USAGE.INVALID` when nodetool fails, with its output, or for a cluster of the environment.
   */
  nodetool(args: readonly string[], node?: number): Promise<string>;
  /**
   * Kills a node's JVM at once, as a crash would; resolves when it is gone. JVM only. Writes of its last 10 s may
   * be gone too, where no other replica has them: the commit log is synced periodically.
   */
  killNode(node: number): Promise<void>;
  /** Starts a killed node again on its data; resolves when it answers a query. JVM only. */
  startNode(node: number): Promise<void>;
  /** Stops the nodes and removes their data, also of a cluster that is to be kept. Does nothing the second time. */
  stop(): Promise<void>;
}
