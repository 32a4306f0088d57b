import fc from "fast-check";
import { PARTS } from "./rows.ts";

/** A row that is there before the job begins. */
export interface Seed {
  readonly kind:
    | "inserted"
    | "updated"
    | "email only"
    | "expiring"
    | "expiring email"
    | "target"
    | "garbage"
    | "largest writetime"
    | "dated ahead"
    | "young"
    | "with parts";
  /** Seconds, for what expires. */
  readonly ttl: number;
}

/** The static cell of a partition before the job begins. */
export type StaticSeed = "none" | "set" | "expiring" | "target" | "young";

/** Something that the application does. */
export interface Operation {
  readonly kind:
    | "set email"
    | "set both"
    | "insert"
    | "insert expiring"
    | "set expiring"
    | "delete email"
    | "delete row"
    | "delete partition"
    | "two a microsecond apart"
    | "set and delete a microsecond apart"
    | "two of one timestamp"
    | "set static"
    | "set static expiring"
    | "delete static"
    | "set part"
    | "set part expiring"
    | "delete part"
    | "overwrite"
    | "read";
  /** From the start of the job. */
  readonly atMs: number;
  /** See {@link OTHER_ROWS}. */
  readonly row: number;
  /** For what has to do with one, or with all of the column that it is part of. */
  readonly part: (typeof PARTS)[number];
  readonly ttl: number;
  /** How long it, or the second of two, is on its way to the cluster. */
  readonly travelMs: number;
  /** Whether the application stamps it itself, or leaves that to the coordinator. */
  readonly stamped: boolean;
}

/** Calls of a process that trouble can be set on; a `write` is a batch or a lightweight transaction. */
export type CallName = "page" | "write" | "claim" | "checkpoint" | "finish" | "any";

/** Something that goes wrong. Calls are counted from 0, those of one name or all of them. */
export type Trouble =
  | {
      readonly kind: "crash";
      readonly process: number;
      readonly on: CallName;
      readonly call: number;
      readonly moment: "before" | "after";
      readonly restartMs: number;
    }
  | {
      readonly kind: "freeze";
      readonly process: number;
      readonly on: CallName;
      readonly call: number;
      readonly ms: number;
      readonly how: "stopped" | "suspended";
      readonly reverse: boolean;
    }
  | {
      readonly kind: "clock step";
      readonly process: number;
      readonly on: CallName;
      readonly call: number;
      readonly ms: number;
    }
  | {
      readonly kind: "request";
      readonly on: "page" | "write";
      readonly call: number;
      readonly outcome: "answered" | "lost" | "done but not answered";
      readonly delayMs: number;
      readonly replyDelayMs: number;
    }
  | {
      readonly kind: "store call";
      readonly on: Exclude<CallName, "page" | "write">;
      readonly call: number;
      readonly outcome: "answered" | "lost" | "done but not answered";
      readonly delayMs: number;
    }
  | {
      readonly kind: "node";
      readonly node: number;
      /** The next node too: then a quorum is missing for some rows. */
      readonly both: boolean;
      readonly how: "down" | "deaf" | "slow";
      readonly atMs: number;
      readonly forMs: number;
      readonly slowMs: number;
    }
  | { readonly kind: "truncate"; readonly atMs: number }
  | {
      /** The coordinator of a lightweight transaction dies when so many replicas have accepted what it proposes. */
      readonly kind: "transaction left in the middle";
      readonly of: "job" | "application";
      readonly call: number;
      readonly acceptedBy: number;
    };

/** All that makes up one simulated history; the same scenario gives the same history. */
export interface Scenario {
  /** How the job writes; with `lwt` the application does too. */
  readonly mode: "fenced" | "lwt";
  /** Of what is drawn on the way: coordinators, replicas, jitter. */
  readonly seed: number;
  /** How far into a second it begins: what is counted in seconds goes wrong where they turn. */
  readonly phaseMs: number;
  /** How far the nodes' clocks are ahead of true time, milliseconds. */
  readonly nodesAheadMs: readonly number[];
  readonly applicationAheadMs: number;
  readonly gcGraceSeconds: number;
  readonly hintDelayMs: number;
  readonly label: boolean;
  /** Whether the table has columns that are not frozen: a map and a UDT. */
  readonly parts: boolean;
  readonly chunks: number;
  readonly pageSize: number;
  readonly lanes: number;
  readonly maxInFlight: number;
  readonly leaseSeconds: number;
  readonly checkpointIntervalMs: number;
  readonly processes: readonly { readonly startMs: number; readonly aheadMs: number }[];
  /** From when on the application writes under the target key. */
  readonly switchMs: number;
  readonly rows: readonly Seed[];
  /** By partition, of two rows each; without any the table has no static column. */
  readonly statics: readonly StaticSeed[];
  readonly operations: readonly Operation[];
  readonly troubles: readonly Trouble[];
}

/** From this one on an operation is on the row that it names, whether or not the table had it; else on one that it had. */
export const OTHER_ROWS = 11;

/** What an operation on something that the table does not have is instead: nobody's turn is lost. */
export const INSTEAD: Readonly<Partial<Record<Operation["kind"], Operation["kind"]>>> = {
  "set static": "set email",
  "set static expiring": "set expiring",
  "delete static": "delete row",
  "set part": "set both",
  "set part expiring": "insert expiring",
  "delete part": "delete row",
  overwrite: "delete partition",
};

/** Short enough that a page and its writes cannot outlive it by much, and that tombstones are purged within a scenario. */
export const SHORT_GRACE_SECONDS = 40;
export const LONG_GRACE_SECONDS = 864_000;
/** Less than `settle`, with the time that a write may take at the cluster and the clocks' differences on top. */
const LONGEST_TRAVEL_MS = 4_000;
const MOST_AHEAD_MS = 500;

const often = <Value>(usual: fc.Arbitrary<Value>, other: fc.Arbitrary<Value>, weight = 2) =>
  fc.oneof({ arbitrary: usual, weight }, { arbitrary: other, weight: 1 });

/** Mostly while the sweep goes on, else while young cells settle, or later. */
const atMs = fc.oneof(
  { arbitrary: fc.nat(150), weight: 4 },
  { arbitrary: fc.nat(1_000), weight: 2 },
  { arbitrary: fc.nat(14_000), weight: 2 },
  { arbitrary: fc.nat(60_000), weight: 1 },
);
const call = often(fc.nat(3), fc.nat(30));
const process = fc.nat(2);
const on = fc.constantFrom<CallName>("page", "write", "write", "claim", "checkpoint", "finish", "any");
const ttl = fc.oneof(fc.integer({ min: 2, max: 30 }), fc.integer({ min: 60, max: 600 }));

const seed: fc.Arbitrary<Seed> = fc.record({
  kind: fc.oneof(
    {
      arbitrary: fc.constantFrom<Seed["kind"]>(
        "inserted",
        "updated",
        "email only",
        "expiring",
        "expiring email",
        "with parts",
      ),
      weight: 6,
    },
    {
      arbitrary: fc.constantFrom<Seed["kind"]>(
        "target",
        "garbage",
        "largest writetime",
        "dated ahead",
        "young",
      ),
      weight: 1,
    },
  ),
  ttl,
});

const operation: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constantFrom<Operation["kind"]>(
    "set email",
    "set both",
    "insert",
    "insert expiring",
    "set expiring",
    "delete email",
    "delete row",
    "delete row",
    "delete partition",
    "two a microsecond apart",
    "set and delete a microsecond apart",
    "two of one timestamp",
    "set static",
    "set static expiring",
    "delete static",
    "set part",
    "set part expiring",
    "delete part",
    "overwrite",
    "read",
  ),
  atMs,
  row: fc.nat(13),
  part: fc.constantFrom(...PARTS),
  ttl,
  travelMs: often(fc.nat(50), fc.nat(LONGEST_TRAVEL_MS)),
  stamped: fc.boolean(),
});

const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("crash" as const),
      process,
      on,
      call,
      moment: fc.constantFrom("before" as const, "after" as const),
      restartMs: often(fc.nat(3_000), fc.nat(30_000)),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("freeze" as const),
      process,
      on: fc.constantFrom<CallName>("page", "page", "write", "any"),
      call,
      ms: fc.oneof(
        { weight: 1, arbitrary: fc.nat(3_000) },
        { weight: 1, arbitrary: fc.integer({ min: 4_000, max: 30_000 }) },
        { weight: 2, arbitrary: fc.integer({ min: 50_000, max: 80_000 }) },
      ),
      how: fc.constantFrom("stopped" as const, "suspended" as const),
      reverse: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("clock step" as const),
      process,
      on: fc.constantFrom<CallName>("page", "write"),
      call,
      ms: fc.oneof(fc.integer({ min: -2_000, max: 3_000 }), fc.constantFrom(-90_000, 90_000)),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("request" as const),
      on: fc.constantFrom("page" as const, "write" as const),
      call,
      outcome: fc.constantFrom("answered" as const, "lost" as const, "done but not answered" as const),
      delayMs: often(fc.constant(0), fc.nat(3_000)),
      replyDelayMs: often(fc.constant(0), fc.nat(3_000)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("store call" as const),
      on: fc.constantFrom("claim" as const, "checkpoint" as const, "finish" as const, "any" as const),
      call,
      outcome: fc.constantFrom("answered" as const, "lost" as const, "done but not answered" as const),
      delayMs: often(fc.constant(0), fc.nat(10_000)),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("node" as const),
      node: fc.nat(3),
      both: fc.boolean(),
      how: fc.constantFrom("down" as const, "deaf" as const, "slow" as const),
      atMs: often(fc.nat(150), atMs),
      forMs: fc.integer({ min: 1, max: 4_000 }),
      slowMs: fc.nat(2_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("truncate" as const), atMs }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("transaction left in the middle" as const),
      of: fc.constantFrom("job" as const, "application" as const),
      call,
      acceptedBy: fc.nat(3),
    }),
  },
);

/** Any scenario; most are small, and all are bounded so that every write is in time where the engine keeps its rules. */
export const anyScenario: fc.Arbitrary<Scenario> = fc.record({
  mode: often(fc.constant("fenced" as const), fc.constant("lwt" as const)),
  seed: fc.nat(1_000_000),
  phaseMs: fc.nat(999),
  nodesAheadMs: often(
    fc.constant<readonly number[]>([0, 0, 0, 0]),
    fc.array<number>(fc.integer({ min: -MOST_AHEAD_MS, max: MOST_AHEAD_MS }), { minLength: 4, maxLength: 4 }),
  ),
  applicationAheadMs: often(fc.constant(0), fc.integer({ min: -MOST_AHEAD_MS, max: MOST_AHEAD_MS })),
  gcGraceSeconds: fc.constantFrom(SHORT_GRACE_SECONDS, LONG_GRACE_SECONDS),
  hintDelayMs: fc.integer({ min: 100, max: 3_000 }),
  label: fc.boolean(),
  parts: often(fc.constant(false), fc.constant(true)),
  chunks: fc.integer({ min: 1, max: 4 }),
  pageSize: fc.integer({ min: 1, max: 5 }),
  lanes: fc.integer({ min: 1, max: 2 }),
  maxInFlight: fc.integer({ min: 1, max: 4 }),
  leaseSeconds: fc.integer({ min: 5, max: 20 }),
  checkpointIntervalMs: fc.constantFrom(1, 50, 1_000, 5_000),
  processes: fc.array(
    fc.record({
      startMs: often(fc.constant(0), fc.nat(2_000)),
      aheadMs: often(fc.constant(0), fc.constantFrom(-180_000, -1_500, 700, 180_000)),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  switchMs: fc.constantFrom(0, 200, 5_000, 100_000),
  rows: fc.array(seed, { minLength: 1, maxLength: 14 }),
  statics: often(
    fc.constant<readonly StaticSeed[]>([]),
    fc.array<StaticSeed>(fc.constantFrom("none", "set", "set", "expiring", "target", "young"), {
      minLength: 1,
      maxLength: 7,
    }),
  ),
  operations: fc.array(operation, { maxLength: 16, size: "max" }),
  troubles: fc.array(trouble, { maxLength: 6, size: "max" }),
});
