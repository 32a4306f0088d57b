import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isLive, isPurgeable, reconcile, type StoredCell } from "../../src/simulation/stored-cell.ts";

const bytes = (text: string) => Buffer.from(text);
const live = (timestamp: bigint, value = "a"): StoredCell => ({
  kind: "live",
  value: bytes(value),
  timestamp,
});
const expiring = (timestamp: bigint, expiresAt: number, ttl: number, value = "a"): StoredCell => ({
  kind: "expiring",
  value: bytes(value),
  timestamp,
  ttl,
  expiresAt,
});
const tombstone = (timestamp: bigint, deletedAt = 0): StoredCell => ({
  kind: "tombstone",
  timestamp,
  deletedAt,
});

// Few values each, so that ties are the rule.
const anyCell: fc.Arbitrary<StoredCell> = fc
  .record({
    kind: fc.constantFrom("live", "expiring", "tombstone"),
    timestamp: fc.bigInt(1n, 2n),
    end: fc.integer({ min: 10, max: 11 }),
    ttl: fc.integer({ min: 1, max: 2 }),
    value: fc.constantFrom("", "a", "b"),
  })
  .map(({ kind, timestamp, end, ttl, value }) => {
    if (kind === "live") return live(timestamp, value);
    return kind === "tombstone" ? tombstone(timestamp, end) : expiring(timestamp, end, ttl, value);
  });

describe("reconcile", () => {
  it.each([
    ["the newer timestamp, even of a live cell over a tombstone", live(2n), tombstone(1n)],
    ["at one timestamp a tombstone over a live cell", tombstone(1n), live(1n, "z")],
    ["at one timestamp a tombstone over an expiring cell", tombstone(1n), expiring(1n, 99, 9, "z")],
    ["at one timestamp an expiring cell over a plain one", expiring(1n, 10, 1, "a"), live(1n, "z")],
    ["the later expiry", expiring(1n, 11, 5, "a"), expiring(1n, 10, 1, "z")],
    ["at one expiry the lower TTL", expiring(1n, 10, 1, "a"), expiring(1n, 10, 2, "z")],
    ["the larger value last", live(1n, "b"), live(1n, "a")],
    ["the larger value byte by byte, unsigned", live(1n, "\u00ff"), live(1n, "a")],
  ])("keeps %s", (_, winner, loser) => {
    expect(reconcile(winner, loser)).toEqual(winner);
    expect(reconcile(loser, winner)).toEqual(winner);
  });

  it("comes to the same cell in whatever order writes arrive, and however often", () => {
    const arrivals = fc
      .array(anyCell, { minLength: 1, maxLength: 6 })
      .chain((cells) =>
        fc.tuple(fc.constant(cells), fc.shuffledSubarray(cells, { minLength: cells.length })),
      );
    fc.assert(
      fc.property(arrivals, ([cells, shuffled]) => {
        expect([...shuffled, ...cells].reduce(reconcile)).toEqual(cells.reduce(reconcile));
      }),
    );
  });
});

describe("time", () => {
  it("ends an expiring cell in its second", () => {
    expect(isLive(expiring(1n, 10, 5), 9)).toBe(true);
    expect(isLive(expiring(1n, 10, 5), 10)).toBe(false);
    expect(isLive(tombstone(1n), 0)).toBe(false);
  });

  it("forgets a tombstone only after gc_grace, counting an expired cell from its write", () => {
    expect(isPurgeable(tombstone(1n, 100), 10, 110)).toBe(false);
    expect(isPurgeable(tombstone(1n, 100), 10, 111)).toBe(true);
    expect(isPurgeable(expiring(1n, 120, 20), 10, 119)).toBe(false);
    expect(isPurgeable(expiring(1n, 120, 20), 10, 120)).toBe(true);
    expect(isPurgeable(live(1n), 0, 1_000)).toBe(false);
  });
});
