import { describe, expect, it } from "vitest";
import { type Placement, replicaShortfall } from "../../src/doctor/replica-check.ts";

/** A keyspace with three replicas in `here` and two in `there`; of its two ranges the second has what is given up. */
function placement(
  up: Readonly<Record<string, number>>,
  factors: Record<string, number> = { here: 3, there: 2 },
): Placement {
  return {
    localDc: "here",
    factors: new Map(Object.entries(factors)),
    up: [new Map(Object.entries(factors)), new Map(Object.entries(up))],
  };
}

describe("replicas for a consistency level", () => {
  it.each([
    ["ANY", { here: 0, there: 0 }],
    ["ONE", { there: 1 }],
    ["TWO", { here: 1, there: 1 }],
    ["THREE", { here: 1, there: 2 }],
    ["LOCAL_ONE", { here: 1 }],
    ["LOCAL_QUORUM", { here: 2 }],
    ["QUORUM", { here: 1, there: 2 }],
    ["EACH_QUORUM", { here: 2, there: 2 }],
    ["ALL", { here: 3, there: 2 }],
  ])("are enough for %s with %j", (level, up) => {
    expect(replicaShortfall(placement(up), [level])).toBeUndefined();
  });

  it.each([
    ["ONE", {}, "ONE needs 1 of 5 replicas; of some ranges only 0 are up"],
    ["LOCAL_ONE", { there: 2 }, "LOCAL_ONE needs 1 of 3 replicas in here; of some ranges only 0 are up"],
    [
      "LOCAL_QUORUM",
      { here: 1, there: 2 },
      "LOCAL_QUORUM needs 2 of 3 replicas in here; of some ranges only 1 is up",
    ],
    ["QUORUM", { here: 2 }, "QUORUM needs 3 of 5 replicas; of some ranges only 2 are up"],
    [
      "EACH_QUORUM",
      { here: 3, there: 1 },
      "EACH_QUORUM needs 2 of 2 replicas in there; of some ranges only 1 is up",
    ],
    ["ALL", { here: 3, there: 1 }, "ALL needs 5 of 5 replicas; of some ranges only 4 are up"],
  ])("are too few for %s with %j", (level, up, message) => {
    expect(replicaShortfall(placement(up), [level])).toBe(message);
  });

  it("are none in a data centre that the keyspace leaves out", () => {
    const elsewhere = placement({ there: 2 }, { there: 2 });
    expect(replicaShortfall(elsewhere, ["LOCAL_QUORUM"])).toBe(
      "LOCAL_QUORUM needs a replica in here, and the keyspace keeps none there",
    );
    expect(replicaShortfall(elsewhere, ["QUORUM"])).toBeUndefined();
  });

  it("are counted over all data centres where the strategy knows none", () => {
    const simple = (up: number) => ({ ...placement({}, { "*": 3 }), up: [new Map([["here", up]])] });
    expect(replicaShortfall(simple(2), ["LOCAL_QUORUM", "QUORUM", "EACH_QUORUM"])).toBeUndefined();
    expect(replicaShortfall(simple(1), ["LOCAL_QUORUM"])).toContain("needs 2 of 3");
  });

  it("are looked for level by level", () => {
    expect(replicaShortfall(placement({ here: 2 }), ["LOCAL_QUORUM", "ALL"])).toMatch(/^ALL/);
  });
});
