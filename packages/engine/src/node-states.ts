import { ClusterInspector, type ClusterSession, hintWindowMs } from "@cassandra-rekey/cassandra";
import type { NodeStates } from "./executor/outage-watch.ts";

/** The nodes of a cluster, as its driver sees them. */
export async function nodeStates(session: ClusterSession, signal: AbortSignal): Promise<NodeStates> {
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
