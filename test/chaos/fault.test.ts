import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawFaults, LONGEST_HOLD_MS, NODE_FAULTS, OUTAGES, shortPlan } from "./fault.ts";

const CAST = { nodes: 3, workers: 3 };

describe("a plan of faults", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(drawFaults(7, 3, CAST)).toEqual(drawFaults(7, 3, CAST));
    expect(drawFaults(7, 3, CAST)).not.toEqual(drawFaults(8, 3, CAST));
    expect(shortPlan(7, CAST)).toEqual(shortPlan(7, CAST));
  });

  it("meets each node and each worker with each kind, and holds nothing up for too long", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { cluster, kills, stops } = drawFaults(seed, 60, CAST);
        const first = cluster.slice(0, NODE_FAULTS.length + OUTAGES.length).map(({ kind }) => kind);
        expect(first.toSorted()).toEqual([...NODE_FAULTS, ...OUTAGES].toSorted());
        const met = new Set(cluster.map(({ kind, whom }) => `${kind} ${whom}`));
        expect(met.size).toBe(NODE_FAULTS.length * CAST.nodes + OUTAGES.length);
        for (const lane of [kills, stops])
          expect(new Set(lane.map(({ whom }) => whom)).size).toBe(CAST.workers);
        for (const { forMs } of cluster) expect(forMs).toBeLessThanOrEqual(LONGEST_HOLD_MS);
      }),
    );
  });

  it("kills a worker every two seconds for a minute, then rests for one", () => {
    expect(drawFaults(1, 1, CAST).kills).toHaveLength(30);
    expect(drawFaults(1, 2, CAST).kills).toHaveLength(30);
    expect(drawFaults(1, 4.5, CAST).kills).toHaveLength(75);
    const rests = drawFaults(1, 4, CAST).kills.flatMap(({ thenMs }, index) =>
      thenMs > 2_000 ? [index] : [],
    );
    expect(rests).toEqual([29, 59]);
  });
});
