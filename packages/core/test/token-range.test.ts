import { expect, it } from "vitest";
import { MAX_TOKEN, MIN_TOKEN, ringFraction } from "../src/token-range.ts";

it("has the bounds of the Murmur3 ring", () => {
  expect(MIN_TOKEN).toBe(-9223372036854775808n);
  expect(MAX_TOKEN).toBe(9223372036854775807n);
});

it("tells what part of the ring a range covers", () => {
  expect(ringFraction({ after: MIN_TOKEN, upTo: MAX_TOKEN })).toBe(1);
  expect(ringFraction({ after: MIN_TOKEN, upTo: -1n })).toBeCloseTo(0.5, 10);
  expect(ringFraction({ after: 5n, upTo: 5n })).toBe(0);
});
