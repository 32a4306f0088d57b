import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_BATCH_LIMITS, groupByReplicas } from "../src/batch-grouping.ts";

const item = (id: number, token: bigint, bytes: number) => ({ id, token, bytes });
const replicasOf = (token: bigint) => `set ${((token % 3n) + 3n) % 3n}`;

const items = fc
  .array(fc.tuple(fc.bigInt({ min: -20n, max: 20n }), fc.integer({ min: 0, max: 3000 })), { maxLength: 80 })
  .map((pairs) => pairs.map(([token, bytes], id) => item(id, token, bytes)));
const limits = fc.record({
  partitions: fc.integer({ min: 1, max: 12 }),
  bytes: fc.integer({ min: 1, max: 6000 }),
});

test("every item comes out once, in its order within its group", () => {
  fc.assert(
    fc.property(items, limits, (given, limit) => {
      const groups = groupByReplicas(given, limit, replicasOf);
      const ids = groups.flatMap((group) => group.map(({ id }) => id));
      expect(ids.toSorted((a, b) => a - b)).toEqual(given.map(({ id }) => id));
      for (const group of groups) {
        expect(group.map(({ id }) => id)).toEqual(group.map(({ id }) => id).toSorted((a, b) => a - b));
      }
    }),
  );
});

test("a group has one replica set and keeps both limits, unless it is one item", () => {
  fc.assert(
    fc.property(items, limits, (given, limit) => {
      for (const group of groupByReplicas(given, limit, replicasOf)) {
        expect(new Set(group.map(({ token }) => replicasOf(token))).size).toBe(1);
        if (group.length === 1) continue;
        expect(new Set(group.map(({ token }) => token)).size).toBeLessThanOrEqual(limit.partitions);
        expect(group.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(limit.bytes);
      }
    }),
  );
});

test("what has room goes together", () => {
  const given = Array.from({ length: 10 }, (_, id) => item(id, BigInt(id * 3), 100));
  expect(groupByReplicas(given, DEFAULT_BATCH_LIMITS, replicasOf)).toEqual([given]);
});

test("an item above the limit goes alone, and those around it stay in order", () => {
  const given = [item(0, 0n, 10), item(1, 3n, 9000), item(2, 6n, 10)];
  const groups = groupByReplicas(given, DEFAULT_BATCH_LIMITS, replicasOf);
  expect(groups.map((group) => group.map(({ id }) => id))).toEqual([[0], [1], [2]]);
});

test("rows of one partition count as one partition", () => {
  const given = Array.from({ length: 30 }, (_, id) => item(id, 7n, 10));
  expect(groupByReplicas(given, { partitions: 1, bytes: 5000 }, replicasOf)).toHaveLength(1);
});

test("nothing gives no group", () => {
  expect(groupByReplicas([], DEFAULT_BATCH_LIMITS, replicasOf)).toEqual([]);
});
