import { type Clock, MAX_TOKEN, MIN_TOKEN, type TokenRange } from "@cassandra-rekey/core";
import type { Client } from "cassandra-driver";

/** How long a replica map is used without a topology event, milliseconds. */
const FRESH_MS = 60_000;

interface Ring {
  /** Upper bounds, inclusive, ascending. */
  readonly bounds: BigInt64Array;
  readonly replicas: readonly (readonly string[])[];
  readonly names: readonly string[];
  readonly builtAtMs: number;
}

/** Which nodes replicate a token now, from the driver's metadata; built once per keyspace and topology. */
export class ReplicaRing {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #rings = new Map<string, Ring>();

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
    const forget = () => this.#rings.clear();
    for (const event of ["hostAdd", "hostRemove", "hostUp", "hostDown"]) client.on(event, forget);
  }

  /** Names the replica set of a token: equal names, equal replicas. */
  replicaSet(keyspace: string, token: bigint): string {
    const { bounds, names } = this.#ring(keyspace);
    return bounds.length === 0 ? "" : names[firstAtLeast(bounds, token) % bounds.length]!;
  }

  /** The replicas of a token, as `address:port`, sorted. */
  replicas(keyspace: string, token: bigint): readonly string[] {
    const { bounds, replicas } = this.#ring(keyspace);
    return bounds.length === 0 ? [] : replicas[firstAtLeast(bounds, token) % bounds.length]!;
  }

  /** What each node holds of the ring: ranges in ring order, neighbours joined. */
  owned(keyspace: string): ReadonlyMap<string, readonly TokenRange[]> {
    const { bounds, replicas } = this.#ring(keyspace);
    const owned = new Map<string, { after: bigint; upTo: bigint }[]>();
    const add = (after: bigint, upTo: bigint, holders: readonly string[]) => {
      if (after >= upTo) return;
      for (const holder of holders) {
        const ranges = owned.get(holder) ?? [];
        const last = ranges.at(-1);
        if (last && last.upTo === after) last.upTo = upTo;
        else ranges.push({ after, upTo });
        owned.set(holder, ranges);
      }
    };
    bounds.forEach((upTo, index) => {
      add(index === 0 ? MIN_TOKEN : bounds[index - 1]!, upTo, replicas[index]!);
    });
    // What is behind the last bound belongs to the first range, which begins there.
    if (bounds.length > 0) add(bounds.at(-1)!, MAX_TOKEN, replicas[0]!);
    return owned;
  }

  #ring(keyspace: string): Ring {
    const known = this.#rings.get(keyspace);
    if (known && this.#clock.monotonicMs() - known.builtAtMs < FRESH_MS) return known;
    const ring = this.#build(keyspace);
    this.#rings.set(keyspace, ring);
    return ring;
  }

  #build(keyspace: string): Ring {
    const { metadata } = this.#client;
    const owned = [...metadata.getTokenRanges()].map((range) => ({
      upTo: BigInt(String(range.end)),
      replicas: (metadata.getReplicas(keyspace, range.end as unknown as Buffer) ?? [])
        .map((host) => host.address)
        .sort(),
    }));
    owned.sort((a, b) => (a.upTo < b.upTo ? -1 : a.upTo > b.upTo ? 1 : 0));
    return {
      bounds: BigInt64Array.from(owned.map((range) => range.upTo)),
      replicas: owned.map((range) => range.replicas),
      names: owned.map((range) => range.replicas.join(" ")),
      builtAtMs: this.#clock.monotonicMs(),
    };
  }
}

function firstAtLeast(bounds: BigInt64Array, token: bigint): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bounds[middle]! < token) low = middle + 1;
    else high = middle;
  }
  return low;
}
