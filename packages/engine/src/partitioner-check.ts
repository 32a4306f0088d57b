import { ClusterInspector, type ClusterSession } from "@cassandra-rekey/cassandra";
import { RekeyError } from "@cassandra-rekey/core";

/** Those of Cassandra of which the tokens are no 64-bit numbers. */
const OTHER_TOKENS = /^(Random|(Byte|Collating)?Order(ed|Preserving))Partitioner$/;

/** Throws `CLUSTER.UNSUPPORTED` where the ring cannot be cut into chunks: later on, each of them would fail at its first page. */
export async function refuseOtherTokens(session: ClusterSession, signal: AbortSignal): Promise<void> {
  const { name, partitioner } = await new ClusterInspector(session).cluster(signal);
  if (!OTHER_TOKENS.test(partitioner)) return;
  throw new RekeyError(
    "CLUSTER.UNSUPPORTED",
    `the partitioner of ${name} is ${partitioner}, whose tokens cannot be cut into chunks`,
  );
}
