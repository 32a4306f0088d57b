import { type ClusterSession, createCellSink, createCellSource } from "@cassandra-rekey/cassandra";
import type { CellSink, CellSource } from "@cassandra-rekey/core";
import type { NodeStates } from "./executor/outage-watch.ts";
import { nodeStates } from "./node-states.ts";
import { refuseOtherTokens } from "./partitioner-check.ts";
import { PATIENT, type RetryTools, withRetry } from "./retry.ts";

/** What a run works with of its cluster. */
export interface ClusterParts {
  readonly source: CellSource;
  readonly sink: CellSink;
  readonly nodes: NodeStates;
}

/** Asks the cluster what a run has to know before it begins, as patiently as the run itself will ask. */
export async function clusterParts(
  session: ClusterSession,
  tables: Parameters<typeof nodeStates>[1],
  tools: RetryTools,
  signal: AbortSignal,
): Promise<ClusterParts> {
  await withRetry(tools, PATIENT, signal, () => refuseOtherTokens(session, signal));
  return {
    source: createCellSource(session),
    sink: await withRetry(tools, PATIENT, signal, () => createCellSink(session)),
    nodes: await withRetry(tools, PATIENT, signal, () => nodeStates(session, tables, signal)),
  };
}
