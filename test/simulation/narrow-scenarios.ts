import fc from "fast-check";
import {
  anyScenario,
  LONG_GRACE_SECONDS,
  type Operation,
  type Scenario,
  type Seed,
  SHORT_GRACE_SECONDS,
  type Trouble,
} from "./scenario.ts";

// What comes about by chance once in hundreds of scenarios, because much has to come together. Here it is brought together,
// in a share of them that costs no more than others do.

const CALM = { nodesAheadMs: [0, 0, 0, 0], applicationAheadMs: 0, parts: false, statics: [] } as const;

type Freeze = Extract<Trouble, { kind: "freeze" }>;

function freeze(on: Freeze["on"], fromMs: number, toMs: number): fc.Arbitrary<Freeze> {
  return fc.record({
    kind: fc.constant("freeze" as const),
    process: fc.constant(0),
    on: fc.constant(on),
    call: fc.nat(2),
    ms: fc.integer({ min: fromMs, max: toMs }),
    how: fc.constantFrom("stopped" as const, "suspended" as const, "suspended" as const),
    reverse: fc.boolean(),
  });
}

/** A process that holds its lease all the while stands still with a page in hand, whose rows are deleted and forgotten. */
const late = fc.tuple(anyScenario, freeze("page", 50_000, 80_000)).map(([drawn, frozen]): Scenario => {
  const rows = drawn.rows.map(({ kind, ttl }): Seed => {
    return { kind: /expiring|parts/.test(kind) ? "inserted" : kind, ttl };
  });
  const operations = drawn.operations.map((one, index): Operation => {
    // After the page was read.
    const atMs = 60 + (one.atMs % 200);
    return { ...one, atMs, kind: index % 2 === 0 ? "delete row" : one.kind };
  });
  return { ...alone(drawn, [frozen]), gcGraceSeconds: SHORT_GRACE_SECONDS, rows, operations };
});

/** Cells expire while their writes wait for one that takes long to return. */
const expiring = fc.tuple(anyScenario, freeze("write", 3_000, 28_000)).map(([drawn, frozen]): Scenario => {
  const rows = drawn.rows.map(({ ttl }): Seed => ({ kind: "expiring", ttl: 3 + (ttl % 20) }));
  const narrow = { gcGraceSeconds: LONG_GRACE_SECONDS, maxInFlight: 1, pageSize: 5, rows };
  return { ...alone(drawn, [{ ...frozen, how: "stopped" }]), ...narrow };
});

/** A second turns while cells that expire much later are read and written. */
const turning = fc
  .tuple(anyScenario, fc.integer({ min: 900, max: 975 }))
  .map(([drawn, phaseMs]): Scenario => {
    const rows = drawn.rows.map(({ ttl }): Seed => ({ kind: "expiring", ttl: 120 + ttl }));
    const operations = drawn.operations.filter(({ kind }) => kind === "read");
    return { ...alone(drawn, []), phaseMs, pageSize: 2, rows, operations };
  });

function alone(drawn: Scenario, troubles: readonly Trouble[]): Scenario {
  const processes = [{ startMs: 0, aheadMs: 0 }];
  return { ...drawn, ...CALM, mode: "fenced", leaseSeconds: 90, processes, troubles };
}

/** Any scenario, and in one of eight one of those that are narrower. */
export const scenario: fc.Arbitrary<Scenario> = fc.oneof(
  { arbitrary: anyScenario, weight: 28 },
  { arbitrary: late, weight: 1 },
  { arbitrary: expiring, weight: 1 },
  { arbitrary: turning, weight: 2 },
);
