import { type ClusterSession, NODE_LOCAL } from "@cassandra-rekey/cassandra";
import type { Clock } from "@cassandra-rekey/core";

const ROUNDS = 10;
/** A scan of the schema may take a client this many times longer than the server says, and no more. */
const MOST_OVERHEAD = 150;
/** No server scans its schema faster, milliseconds. */
const LEAST_SCAN_MS = 0.2;

/**
 * What a node's coordinator latencies have to be multiplied with to be milliseconds. Several versions show them 1,000
 * times too low, so the node is made to scan its schema while a client's clock runs, and then asked how long it took.
 */
export async function latencyFactor(
  session: ClusterSession,
  host: string,
  clock: Pick<Clock, "monotonicMs">,
  signal: AbortSignal,
): Promise<1 | 1000> {
  const timed = async (cql: string) => {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const startedMs = clock.monotonicMs();
      await session.rows(cql, [], { consistency: NODE_LOCAL.consistency, host, signal });
      times.push(clock.monotonicMs() - startedMs);
    }
    return times.toSorted((a, b) => a - b)[ROUNDS / 2]!;
  };
  const roundTripMs = await timed("SELECT key FROM system.local WHERE key = 'local'");
  const scanMs = await timed("SELECT * FROM system_schema.columns");
  const [row] = await session.rows(
    "SELECT p50th_ms FROM system_views.coordinator_scan_latency WHERE keyspace_name = 'system_schema' AND table_name = 'columns'",
    [],
    { ...NODE_LOCAL, host, signal },
  );
  return factorOf(Number(row?.get("p50th_ms") ?? 0), scanMs - roundTripMs);
}

/** The factor, from what the node said and what the client measured beyond the round trip, both milliseconds. */
export function factorOf(said: number, measuredMs: number): 1 | 1000 {
  // On a busy machine the scans may have been measured as short as the round trips.
  return said < LEAST_SCAN_MS || said * MOST_OVERHEAD < measuredMs ? 1000 : 1;
}
