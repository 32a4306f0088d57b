import fc from "fast-check";
import { expect, it } from "vitest";
import { mergeOutages, type Outage, outlastsHints } from "../src/outage.ts";
import { addTotals, decodeTotals, encodeTotals, ZERO_TOTALS } from "../src/totals.ts";

const outage = (fromMs: number, untilMs: number, node = "a", hintedMs = 1_000): Outage => {
  return { node, fromMs, untilMs, hintedMs };
};
const MINUTE = 60_000;

it("sightings of one outage by several workers are one, those of another node or time are not", () => {
  const merged = mergeOutages(
    [outage(0, 10), outage(5 * MINUTE, 6 * MINUTE)],
    [outage(5, MINUTE), outage(3, 4, "b")],
  );
  expect(merged).toEqual([outage(0, MINUTE), outage(3, 4, "b"), outage(5 * MINUTE, 6 * MINUTE)]);
});

it("merging does not depend on order, and repeated changes nothing", () => {
  const one = fc.record({
    node: fc.constantFrom("a", "b"),
    fromMs: fc.integer({ min: 0, max: 1_000_000 }),
    untilMs: fc.integer({ min: 0, max: 200_000 }),
    hintedMs: fc.constant(5),
    sinceBefore: fc.option(fc.constant(true as const), { nil: undefined }),
  });
  const some = fc.array(
    one.map(({ sinceBefore, ...o }) => {
      return { ...o, untilMs: o.fromMs + o.untilMs, ...(sinceBefore && { sinceBefore }) };
    }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(some, some, (a, b) => {
      const merged = mergeOutages(a, b);
      const sorted = (list: readonly Outage[]) => list.map((o) => JSON.stringify(o)).sort();
      expect(sorted(mergeOutages(b, a))).toEqual(sorted(merged));
      expect(sorted(mergeOutages(merged, merged))).toEqual(sorted(merged));
    }),
  );
});

it("an outage counts past what hints cover, and always without hints", () => {
  expect(outlastsHints(outage(0, 1_000))).toBe(false);
  expect(outlastsHints(outage(0, 1_001))).toBe(true);
  expect(outlastsHints(outage(0, 0, "a", 0))).toBe(true);
});

it("an outage that began before anybody looked counts once it was no matter of connecting", () => {
  const hour = 60 * MINUTE;
  const before = { ...outage(MINUTE, 2 * MINUTE, "a", 3 * hour), sinceBefore: true } as const;
  expect(outlastsHints(before)).toBe(true);
  expect(outlastsHints({ ...before, untilMs: 2 * MINUTE - 1 })).toBe(false);
  // Another worker saw it begin, or saw it earlier still.
  expect(mergeOutages([before], [outage(0, MINUTE, "a", 3 * hour)])).toEqual([
    outage(0, 2 * MINUTE, "a", 3 * hour),
  ]);
  const later = outage(2 * MINUTE, 3 * MINUTE, "a", 3 * hour);
  expect(mergeOutages([later], [before])).toEqual([{ ...before, untilMs: 3 * MINUTE }]);
});

it("outages are kept in totals, through text as well", () => {
  const totals = addTotals({ ...ZERO_TOTALS, outages: [outage(0, 10)] }, { ...ZERO_TOTALS, scanned: 3 });
  expect(decodeTotals(encodeTotals(totals))).toEqual({
    ...ZERO_TOTALS,
    scanned: 3,
    outages: [outage(0, 10)],
  });
  expect(addTotals(ZERO_TOTALS, ZERO_TOTALS)).toEqual(ZERO_TOTALS);
});
