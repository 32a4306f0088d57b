import { MAX_TOKEN, MIN_TOKEN } from "@cassandra-rekey/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_CHUNKS, splitRing } from "../../src/planner/split-ring.ts";

const counts = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 51, max: 5_000 }));
const tokens = fc.oneof(
  fc.bigInt(MIN_TOKEN + 1n, MAX_TOKEN),
  fc.constantFrom(MIN_TOKEN + 1n, -1n, 0n, 1n, MAX_TOKEN - 1n, MAX_TOKEN),
);

describe("splitRing", () => {
  it("covers the ring exactly: bounds chain from the lowest token to the highest", () => {
    fc.assert(
      fc.property(counts, (count) => {
        const ranges = splitRing(count);
        expect(ranges).toHaveLength(count);
        expect(ranges[0]!.after).toBe(MIN_TOKEN);
        expect(ranges.at(-1)!.upTo).toBe(MAX_TOKEN);
        expect(ranges.every(({ after, upTo }) => after < upTo)).toBe(true);
        expect(ranges.slice(1).map(({ after }) => after)).toEqual(
          ranges.slice(0, -1).map(({ upTo }) => upTo),
        );
      }),
    );
  });

  it("puts any token that a partition can have into exactly one range", () => {
    fc.assert(
      fc.property(counts, tokens, (count, token) => {
        const holding = splitRing(count).filter(({ after, upTo }) => token > after && token <= upTo);
        expect(holding).toHaveLength(1);
      }),
    );
  });

  it("puts a token that is itself a bound into the range that ends there", () => {
    fc.assert(
      fc.property(counts, fc.nat(), (count, pick) => {
        const ranges = splitRing(count);
        const range = ranges[pick % count]!;
        const holding = ranges.filter(({ after, upTo }) => range.upTo > after && range.upTo <= upTo);
        expect(holding).toEqual([range]);
      }),
    );
  });

  it("makes ranges of nearly equal width", () => {
    fc.assert(
      fc.property(counts, (count) => {
        const widths = splitRing(count).map(({ after, upTo }) => upTo - after);
        const widest = widths.reduce((a, b) => (a > b ? a : b));
        const narrowest = widths.reduce((a, b) => (a < b ? a : b));
        expect(widest - narrowest <= 1n).toBe(true);
      }),
    );
  });

  it.each([0, -1, 1.5, Number.NaN, MAX_CHUNKS + 1])("refuses a count of %d", (count) => {
    expect(() => splitRing(count)).toThrow(expect.objectContaining({ code: "CONFIG.INVALID" }));
  });
});
