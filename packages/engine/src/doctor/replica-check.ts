import type { ClusterSession } from "@cassandra-rekey/cassandra";

/** How many of `total` replicas a level needs. */
function needed(
  level: string,
  local: number,
  total: number,
): { readonly count: number; readonly local: boolean } {
  const majority = (replicas: number) => Math.floor(replicas / 2) + 1;
  switch (level) {
    case "ALL":
      return { count: total, local: false };
    case "QUORUM":
      return { count: majority(total), local: false };
    case "EACH_QUORUM":
    case "LOCAL_QUORUM":
    case "LOCAL_SERIAL":
      return { count: majority(local), local: true };
    case "SERIAL":
      return { count: majority(total), local: false };
    case "TWO":
      return { count: 2, local: false };
    case "THREE":
      return { count: 3, local: false };
    case "LOCAL_ONE":
      return { count: 1, local: true };
    default:
      return { count: 1, local: false };
  }
}

/** Why some part of the ring cannot be read or written at one of the levels now, or `undefined`. */
export function replicaShortfall(
  session: ClusterSession,
  keyspace: string,
  levels: readonly string[],
): string | undefined {
  const { metadata } = session.client;
  for (const range of metadata.getTokenRanges()) {
    const replicas = metadata.getReplicas(keyspace, range.end as unknown as Buffer) ?? [];
    const local = replicas.filter((host) => host.datacenter === session.localDc);
    for (const level of levels) {
      const need = needed(level, local.length, replicas.length);
      const candidates = need.local ? local : replicas;
      const up = candidates.filter((host) => host.isUp()).length;
      if (up < need.count || candidates.length === 0) {
        return `${level} needs ${need.count} replicas of each range${need.local ? ` in ${session.localDc}` : ""}; for some only ${up} are up`;
      }
    }
  }
  return undefined;
}
