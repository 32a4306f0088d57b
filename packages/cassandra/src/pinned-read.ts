import { RekeyError } from "@cassandra-rekey/core";
import cassandra, { type types as Types } from "cassandra-driver";
import type { ClusterSession } from "./cluster-session.ts";
import { fromDriverError } from "./driver-errors.ts";

/** What of a trace is looked at. */
export interface ReadTrace {
  readonly coordinator: unknown;
  readonly events: readonly { readonly activity: string; readonly source: unknown }[];
}

/**
 * Whether a coordinator answered a read from its own data. At ONE it need not, though it is a replica: where the
 * dynamic snitch finds another one faster, the read is handed on, and what comes back says nothing about this node.
 */
export function answeredAlone({ coordinator, events }: ReadTrace): boolean {
  const itself = String(coordinator);
  const readHere = events.some(
    ({ activity, source }) =>
      String(source) === itself && /^Executing (seq scan|single-partition)/.test(activity),
  );
  const handedOn = events.some(
    ({ activity, source }) => String(source) !== itself || /^Sending \w+ message to/.test(activity),
  );
  return readHere && !handedOn;
}

/** Rejects, retryably, when a traced read was not answered by the node that was asked. */
export async function checkAnsweredAlone(
  session: ClusterSession,
  host: string,
  result: Types.ResultSet,
): Promise<void> {
  const { one, quorum } = cassandra.types.consistencies;
  // Traces are written to two nodes; what one of them has not got yet must not be missed.
  const level = session.hosts().length > 1 ? quorum : one;
  let trace: ReadTrace;
  try {
    trace = (await session.client.metadata.getTrace(result.info.traceId!, level)) as unknown as ReadTrace;
  } catch (error) {
    const ours = fromDriverError(error, "reading the trace of a read");
    // The driver gives up on a trace that is not complete yet with an error of no kind.
    if (ours instanceof RekeyError && /UNAUTHORIZED|INVALID_QUERY/.test(ours.code)) {
      throw new RekeyError(ours.code, ours.message, {
        hint: "GRANT SELECT ON KEYSPACE system_traces to the role: only a trace tells which replica answered.",
      });
    }
    throw new RekeyError("CLUSTER.TIMEOUT", `the trace of a read from ${host} did not come`, {
      cause: error,
    });
  }
  if (answeredAlone(trace)) return;
  throw new RekeyError("CLUSTER.UNAVAILABLE", `${host} handed a read on to another replica`, {
    hint: "Its own reads are slow now, or it no longer holds the range. Try again in a quiet hour; `dynamic_snitch: false` in its cassandra.yaml makes it answer by itself.",
  });
}
