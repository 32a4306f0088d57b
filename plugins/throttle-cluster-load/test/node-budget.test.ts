import fc from "fast-check";
import { expect, test } from "vitest";
import { NodeBudget } from "../src/node-budget.ts";

const p99 = (value: number) => [{ what: "read p99", value, threshold: 50, unit: "ms" }];

/** The budget after each look, one every five seconds. */
function looks(values: readonly number[], budget = new NodeBudget(32)): (number | undefined)[] {
  return values.map((value, index) => {
    budget.look(p99(value), index * 5_000);
    return budget.allowed;
  });
}

test("a node without a reading above its threshold has no limit", () => {
  expect(looks([0, 50, 50, 10])).toEqual([undefined, undefined, undefined, undefined]);
});

test("it is halved while the reading does not fall, down to one", () => {
  expect(looks([61, 61, 70, 70, 70, 70])).toEqual([16, 8, 4, 2, 1, 1]);
});

test("a reading that falls is what is left of the past, and no reason to go lower", () => {
  expect(looks([200, 180, 120, 80, 55])).toEqual([16, 16, 16, 16, 16]);
  expect(looks([200, 180, 185])).toEqual([16, 16, 8]);
});

test("it is given back when the reading is well below, and kept while it is near the threshold", () => {
  expect(looks([100, 100, 49, 41, 40, 30, 20])).toEqual([16, 8, 8, 8, 16, undefined, undefined]);
});

test("all readings have to be well below", () => {
  const budget = new NodeBudget(8);
  const pending = (value: number) => ({ what: "pending requests", value, threshold: 64 });
  budget.look([...p99(0), pending(100)], 0);
  expect(budget.allowed).toBe(4);
  budget.look([...p99(45), pending(0)], 5_000);
  expect(budget.allowed).toBe(4);
  budget.look([...p99(45), pending(0)], 10_000);
  budget.look([...p99(0), pending(0)], 15_000);
  expect(budget.allowed).toBeUndefined();
});

test("the reason names what is furthest above, for how long, and the budget", () => {
  const budget = new NodeBudget(32);
  expect(budget.reason(0)).toBeUndefined();
  budget.look([...p99(61), { what: "pending requests", value: 640, threshold: 64 }], 0);
  expect(budget.reason(12_000)).toBe("pending requests 640 > 64 for 12 s, 16 in flight there");
  budget.look(p99(61.04), 15_000);
  expect(budget.reason(15_000)).toBe("read p99 61 ms > 50 ms for 15 s, 8 in flight there");
  budget.look(p99(45), 20_000);
  expect(budget.reason(20_000)).toBe("calmer, 8 in flight there");
});

test("a node that does not answer is a busy one", () => {
  const budget = new NodeBudget(4);
  budget.silent("does not say how busy it is", 0);
  budget.silent("does not say how busy it is", 5_000);
  expect(budget.reason(5_000)).toBe("does not say how busy it is for 5 s, 1 in flight there");
});

test("whatever a node says, its budget stays in bounds, and calm gives all of it back", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1e6, noNaN: true })),
      fc.integer({ min: 2, max: 4096 }),
      (values, most) => {
        const budget = new NodeBudget(most);
        for (const allowed of looks(values, budget)) {
          if (allowed === undefined) continue;
          expect(Number.isInteger(allowed)).toBe(true);
          expect(allowed).toBeGreaterThanOrEqual(1);
          expect(allowed).toBeLessThan(most);
        }
        expect(looks(new Array(13).fill(0), budget).at(-1)).toBeUndefined();
      },
    ),
  );
});
