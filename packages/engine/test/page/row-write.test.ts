import { describe, expect, it } from "vitest";
import { rowWrite } from "../../src/page/row-write.ts";
import type { PendingCell } from "../../src/writer/fence.ts";

const KEY = Buffer.alloc(8);

function cells(count: number, bytes: number, change: Partial<PendingCell> = {}): PendingCell[] {
  const value = Buffer.alloc(bytes);
  return Array.from({ length: count }, (_, index) => {
    return {
      column: `c${index}`,
      value,
      expected: value,
      writetime: 1_000n,
      expiresAt: undefined,
      ...change,
    };
  });
}

const weightOf = (pending: readonly PendingCell[]) =>
  rowWrite({ token: 1n, key: [KEY], cells: [], label: undefined }, pending, true).bytes;

describe("the weight of a row's write", () => {
  // What Cassandra 5.0.9 said that batches of such rows come to, for each row: "Batch … is of size 5170, exceeding …".
  it.each([
    [1, 40, 110],
    [1, 200, 270],
    [2, 40, 170],
    [4, 40, 290],
    [8, 40, 530],
    [20, 40, 1_250],
    [20, 100, 2_450],
  ])("is what the server counts, or a little more: %i cells of %i bytes", (count, bytes, counted) => {
    const weight = weightOf(cells(count, bytes));
    expect(weight).toBeGreaterThanOrEqual(counted);
    expect(weight).toBeLessThan(counted + 40);
  });

  it("has in it the keys of a map's values, and each further statement", () => {
    const [cell] = cells(1, 40);
    const part = { key: Buffer.alloc(30) };
    expect(weightOf([{ ...cell!, part }])).toBe(weightOf([cell!]) + 30);
    const together = weightOf(cells(2, 40));
    const apart = weightOf([cell!, { ...cell!, column: "other", writetime: 2_000n }]);
    expect(apart - together).toBeGreaterThan(KEY.length);
  });
});
