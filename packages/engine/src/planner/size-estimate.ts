import { ClusterInspector, type ClusterSession } from "@cassandra-rekey/cassandra";
import type { SizeEstimate } from "./chunk-count.ts";

/** What the cluster estimates a table to weigh; `undefined` for a table that it has not looked at yet. */
export function estimateSize(
  session: ClusterSession,
  keyspace: string,
  table: string,
  signal: AbortSignal,
): Promise<SizeEstimate | undefined> {
  return new ClusterInspector(session).tableSize(keyspace, table, signal);
}
