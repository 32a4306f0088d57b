import type { ClusterSession } from "@cassandra-rekey/cassandra";

/** Where a keyspace's replicas are meant to be, and where they are. */
export interface Placement {
  readonly localDc: string;
  /** Replicas of each row by data centre; under `*` where the strategy knows no data centres. */
  readonly factors: ReadonlyMap<string, number>;
  /** For each range of the ring, the replicas that are up, by data centre. */
  readonly up: readonly ReadonlyMap<string, number>[];
}

/** The placement of a keyspace, or `undefined` when there is no such keyspace. */
export function readPlacement(session: ClusterSession, keyspace: string): Placement | undefined {
  const { metadata } = session.client;
  // The driver's types do not mention the options.
  const described = metadata.keyspaces[keyspace] as { strategyOptions?: Readonly<Record<string, string>> };
  if (!described) return undefined;
  const up: ReadonlyMap<string, number>[] = [];
  for (const range of metadata.getTokenRanges()) {
    const counts = new Map<string, number>();
    for (const host of metadata.getReplicas(keyspace, range.end as unknown as Buffer) ?? []) {
      if (host.isUp()) counts.set(host.datacenter, (counts.get(host.datacenter) ?? 0) + 1);
    }
    up.push(counts);
  }
  const options = Object.entries(described.strategyOptions ?? {});
  const factors = new Map(
    options
      .filter(([name, value]) => name !== "class" && /^\d/.test(value))
      .map(([name, value]) => [name === "replication_factor" ? "*" : name, Number.parseInt(value, 10)]),
  );
  return { localDc: session.localDc, factors, up };
}

/** Why some part of the ring cannot be read or written at one of the levels now, or `undefined`. */
export function replicaShortfall(placement: Placement, levels: readonly string[]): string | undefined {
  for (const level of new Set(levels)) {
    for (const { count, of, dc } of needs(level, placement)) {
      const least = Math.min(...placement.up.map((counts) => upIn(counts, dc)));
      if (placement.up.length === 0 || least >= count) continue;
      const where = dc === undefined ? "" : ` in ${dc}`;
      return of === 0
        ? `${level} needs a replica${where}, and the keyspace keeps none there`
        : `${level} needs ${count} of ${of} replicas${where}; of some ranges only ${least} ${least === 1 ? "is" : "are"} up`;
    }
  }
  return undefined;
}

interface Need {
  readonly count: number;
  /** How many replicas there are meant to be. */
  readonly of: number;
  /** Counted in this data centre only. */
  readonly dc?: string;
}

function needs(level: string, { factors, localDc }: Placement): readonly Need[] {
  const total = [...factors.values()].reduce((sum, factor) => sum + factor, 0);
  const majority = (of: number) => Math.floor(of / 2) + 1;
  const inDc = (dc: string, count: (of: number) => number): Need => {
    const of = factors.get(dc) ?? factors.get("*") ?? 0;
    return { count: count(of), of, dc };
  };
  switch (level) {
    case "ANY":
      return [];
    case "ALL":
      return [{ count: total, of: total }];
    case "QUORUM":
    case "SERIAL":
      return [{ count: majority(total), of: total }];
    case "EACH_QUORUM":
      return factors.has("*")
        ? [{ count: majority(total), of: total }]
        : [...factors.keys()].map((dc) => inDc(dc, majority));
    case "LOCAL_QUORUM":
    case "LOCAL_SERIAL":
      return [inDc(localDc, majority)];
    case "LOCAL_ONE":
      return [inDc(localDc, () => 1)];
    default:
      return [{ count: { TWO: 2, THREE: 3 }[level] ?? 1, of: total }];
  }
}

function upIn(counts: ReadonlyMap<string, number>, dc: string | undefined): number {
  if (dc !== undefined) return counts.get(dc) ?? 0;
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
