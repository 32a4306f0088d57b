import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunkCount } from "../../src/planner/chunk-count.ts";

const MIB = 1024 * 1024;

describe("chunkCount", () => {
  it("gives a table of which nothing is known, or that looks empty, enough chunks to share", () => {
    expect(chunkCount(undefined)).toBe(32);
    expect(chunkCount({ partitions: 0, bytes: 0 })).toBe(32);
  });

  it("follows the bytes or the partitions, whichever asks for more chunks", () => {
    expect(chunkCount({ partitions: 1, bytes: 64 * MIB * 100 })).toBe(100);
    expect(chunkCount({ partitions: 100_000 * 200, bytes: 64 * MIB })).toBe(200);
  });

  it("never goes beyond its bounds, nor down when a table grows", () => {
    const size = fc.record({
      partitions: fc.nat({ max: 2 ** 31 - 1 }),
      bytes: fc.integer({ min: 0, max: 2 ** 50 }),
    });
    fc.assert(
      fc.property(size, size, (a, b) => {
        const [count, more] = [
          chunkCount(a),
          chunkCount({ partitions: a.partitions + b.partitions, bytes: a.bytes + b.bytes }),
        ];
        expect(count).toBeGreaterThanOrEqual(32);
        expect(count).toBeLessThanOrEqual(65_536);
        expect(more).toBeGreaterThanOrEqual(count);
      }),
    );
  });
});
