import {
  ClusterInspector,
  type ClusterSession,
  hintWindowMs,
  markRemoteOutages,
} from "@cassandra-rekey/cassandra";
import type { NodeStates } from "./executor/outage-watch.ts";

/** The nodes of a cluster, as its driver sees them; those of other data centres are asked after first. */
export async function nodeStates(
  session: ClusterSession,
  tables: Parameters<typeof markRemoteOutages>[1],
  signal: AbortSignal,
): Promise<NodeStates> {
  await markRemoteOutages(session, tables, signal);
  const settings = await new ClusterInspector(session).settings(signal);
  return {
    hintedMs: hintWindowMs(settings),
    down: () =>
      session
        .hosts()
        .filter((host) => !host.up)
        .map((host) => host.address),
  };
}
