import { connect as connectSocket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { CassandraAddress } from "./cassandra-address.ts";
import { connectClient } from "./connect-client.ts";

/** What a node says of itself and of the others. */
export interface NodeAnswer {
  readonly version: string;
  readonly localDc: string;
  readonly peers: number;
}

const POLL_MS = 100;

/**
 * Waits until a node answers a query and knows `peers` others.
 * Ends with the signal's reason, which is how a death or a deadline gets through.
 */
export async function untilAnswering(
  address: CassandraAddress,
  peers: number,
  signal: AbortSignal,
): Promise<NodeAnswer> {
  let last: unknown;
  while (!signal.aborted) {
    if (await accepts(address.contactPoints[0] ?? "", address.port)) {
      try {
        const answer = await ask(address);
        if (answer.peers >= peers) return answer;
        last = `knows ${answer.peers} of ${peers} other nodes`;
      } catch (error) {
        last = error;
      }
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => {});
  }
  if (signal.reason instanceof Error && signal.reason.cause === undefined) signal.reason.cause = last;
  throw signal.reason;
}

/** One query through the driver. */
export async function ask(address: CassandraAddress): Promise<NodeAnswer> {
  // One host alone: the driver would otherwise go on to peers, and ask them.
  const client = await connectClient({ ...address, contactPoints: address.contactPoints.slice(0, 1) });
  try {
    const local = await client.execute("SELECT release_version, data_center FROM system.local");
    const peers = await client.execute("SELECT peer, tokens FROM system.peers");
    const row = local.first();
    return {
      version: row.get("release_version"),
      localDc: row.get("data_center"),
      peers: peers.rows.filter((peer) => peer.get("tokens")).length,
    };
  } finally {
    await client.shutdown();
  }
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket({ host, port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
