import { MAX_TOKEN, MIN_TOKEN } from "@cassandra-rekey/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pythonRange } from "../src/ledger.ts";
import { pythonSplit } from "./python-keyspace.ts";

const token = fc.oneof(
  fc.bigInt({ min: MIN_TOKEN + 1n, max: MAX_TOKEN }),
  // The ends of the ring, where the Python tool's bounds are special.
  fc.constantFrom(MIN_TOKEN + 1n, MAX_TOKEN - 1n, MAX_TOKEN, -1n, 0n, 1n),
);

describe("bounds of the Python tool", () => {
  it("cover the ring exactly: each range begins where the one before ends", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), (count) => {
        const ranges = pythonSplit(count).map(({ start, end }) => pythonRange(start, end));
        expect(ranges[0]!.after).toBe(MIN_TOKEN);
        expect(ranges.at(-1)!.upTo).toBe(MAX_TOKEN);
        for (const [index, range] of ranges.entries()) {
          expect(range.upTo > range.after).toBe(true);
          if (index > 0) expect(range.after).toBe(ranges[index - 1]!.upTo);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("hold the same tokens as the Python tool's own query", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), token, fc.nat(), (count, anywhere, seed) => {
        const chunks = pythonSplit(count);
        const edge = chunks[seed % count]!.start;
        for (const at of [anywhere, edge, edge - 1n, edge + 1n]) {
          if (at <= MIN_TOKEN) continue;
          for (const { start, end } of chunks) {
            const inclusive = end === MAX_TOKEN;
            const python = at >= start && (inclusive ? at <= end : at < end);
            const { after, upTo } = pythonRange(start, end);
            expect(at > after && at <= upTo).toBe(python);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
