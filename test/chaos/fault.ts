import { SeededRandom } from "@cassandra-rekey/testkit";

/** What is done to a node; the proxies stand between it and the workers alone. */
export const NODE_FAULTS = [
  "node killed",
  "node frozen",
  "node slow",
  "node cut off",
  "answers cut off",
  "node refusing",
] as const;
/** What is done to the whole cluster, as the workers see it. */
export const OUTAGES = ["state keyspace unavailable", "every node cut off", "every node refusing"] as const;
/** What is done to worker processes. */
export const WORKER_FAULTS = ["worker killed", "worker stopped"] as const;

/** What happens to whom, and for how long. */
export interface Fault {
  readonly kind: FaultKind;
  /** Of the node or of the worker, from 0; 0 for a whole cluster. */
  readonly whom: number;
  /** Until it ends, milliseconds; 0 for what is over at once. */
  readonly forMs: number;
  /** Rest before the next one of its lane, milliseconds. */
  readonly thenMs: number;
}

/** Any of them. */
export type FaultKind =
  | (typeof NODE_FAULTS)[number]
  | (typeof OUTAGES)[number]
  | (typeof WORKER_FAULTS)[number];

/** Faults one after the other in each lane, and the lanes side by side. */
export interface FaultPlan {
  readonly cluster: readonly Fault[];
  readonly kills: readonly Fault[];
  readonly stops: readonly Fault[];
  /** No new one after this time, milliseconds: on a busy machine each takes longer than it says. */
  readonly lastingMs: number;
}

/** How many there are of whom. */
export interface Cast {
  readonly nodes: number;
  readonly workers: number;
}

/** No node and no connection is held up for longer, milliseconds. */
export const LONGEST_HOLD_MS = 8_000;
/** Longer than the shortest lease (10 s) and than any age limit of these runs. */
const STOPPED_MS = 13_000;
const KILL_EVERY_MS = 2_000;
const MINUTE_MS = 60_000;
/** A killed node takes about this long to come back. */
const RESTART_MS = 12_000;

/**
 * The faults of so many minutes, by seed: something always happens to the cluster, minutes in which a worker is killed
 * every two seconds take turns with quieter ones, and now and then one is stopped for longer than its lease.
 */
export function drawFaults(seed: number, minutes: number, cast: Cast): FaultPlan {
  const random = new SeededRandom(seed);
  const between = (least: number, most: number) => least + random.integer(most - least + 1);
  const lastingMs = minutes * MINUTE_MS;
  const kinds = [...NODE_FAULTS, ...OUTAGES];
  let bag: readonly (typeof kinds)[number][] = [];
  const cluster = fill(lastingMs, () => {
    // Each kind once before any comes again: a short run meets them all as well.
    if (bag.length === 0) bag = shuffled(kinds, random);
    const kind = bag[0]!;
    bag = bag.slice(1);
    const isOutage = OUTAGES.some((outage) => outage === kind);
    return {
      kind,
      whom: isOutage ? 0 : random.integer(cast.nodes),
      forMs: between(2_000, LONGEST_HOLD_MS),
      thenMs: between(1_000, 6_000),
    };
  });
  const kills = Array.from({ length: Math.ceil(minutes / 2) }, (_, burst) => {
    const rest = (burst + 1) * 2 * MINUTE_MS <= lastingMs ? MINUTE_MS : 0;
    const count = Math.min(MINUTE_MS, lastingMs - burst * 2 * MINUTE_MS) / KILL_EVERY_MS;
    return Array.from({ length: Math.floor(count) }, (_, index) => ({
      kind: "worker killed" as const,
      whom: random.integer(cast.workers),
      forMs: 0,
      thenMs: KILL_EVERY_MS + (index + 1 === Math.floor(count) ? rest : 0),
    }));
  }).flat();
  const stops = fill(lastingMs, () => ({
    kind: "worker stopped" as const,
    whom: random.integer(cast.workers),
    forMs: STOPPED_MS,
    thenMs: between(2_000, 10_000),
  }));
  return { cluster, kills, stops, lastingMs };
}

/**
 * One of each kind that matters most, as short as it can be: for every run of the tests. A node that is killed takes a minute
 * to come back where three of them share two cores: that is for the nightly run.
 */
export function shortPlan(seed: number, cast: Cast): FaultPlan {
  const random = new SeededRandom(seed);
  const node = () => random.integer(cast.nodes);
  const cluster: Fault[] = [
    { kind: "node slow", whom: node(), forMs: 1_500, thenMs: 500 },
    { kind: "node cut off", whom: node(), forMs: 3_000, thenMs: 500 },
    { kind: "state keyspace unavailable", whom: 0, forMs: 3_000, thenMs: 500 },
  ];
  const kill = () => ({
    kind: "worker killed" as const,
    whom: random.integer(cast.workers),
    forMs: 0,
    thenMs: KILL_EVERY_MS,
  });
  return {
    cluster: shuffled(cluster, random),
    kills: Array.from({ length: 6 }, kill),
    stops: [{ kind: "worker stopped", whom: random.integer(cast.workers), forMs: STOPPED_MS, thenMs: 0 }],
    lastingMs: Number.POSITIVE_INFINITY,
  };
}

function fill(lastingMs: number, draw: () => Fault): readonly Fault[] {
  const faults: Fault[] = [];
  for (let spent = 0; spent < lastingMs; ) {
    const fault = draw();
    faults.push(fault);
    spent += fault.forMs + fault.thenMs + (fault.kind === "node killed" ? RESTART_MS : 0);
  }
  return faults;
}

function shuffled<Item>(items: readonly Item[], random: SeededRandom): readonly Item[] {
  return items
    .map((item) => ({ item, place: random.fraction() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
