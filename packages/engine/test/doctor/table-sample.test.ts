import { describe, expect, it } from "vitest";
import { estimateTable } from "../../src/doctor/estimate-table.ts";
import { sampleRing } from "../../src/doctor/table-sample.ts";
import { key, old, openWorld } from "../simulated-world.ts";

/** A table of so many partitions with so many rows each. */
function filled(partitions: number, rows: number) {
  const world = openWorld({ cluster: { latencyMs: 10 } });
  for (let p = 0; p < partitions; p += 1)
    for (let r = 0; r < rows; r += 1) world.table.insert(key(`p${p}`, `c${r}`), old({ email: `${p}.${r}` }));
  const { parts, rekeyer, clock, random, table, controller } = world;
  const sample = (count: number, pageRows: number) =>
    clock.run(
      sampleRing(
        { source: parts.source, rekeyer, clock, random, consistency: "LOCAL_QUORUM", pageRows },
        table.shape,
        count,
        controller.signal,
      ),
    );
  return { sample };
}

const scene = { keyspace: "app", table: "users", workers: 4, replicas: 3 };

describe("a sample", () => {
  it.each([
    [4_000, 1, 20],
    [800, 5, 30],
  ])("of %i partitions of %i rows comes close to the truth", async (partitions, rows, pageRows) => {
    const found = await filled(partitions, rows).sample(60, pageRows);
    const estimate = estimateTable(scene, found);
    expect(found.fraction).toBeLessThan(1);
    expect(estimate.exact).toBe(false);
    expect(estimate.rows).toBeGreaterThan(partitions * rows * 0.8);
    expect(estimate.rows).toBeLessThan(partitions * rows * 1.25);
    expect(estimate.cells).toEqual([{ column: "email", keyVersion: "old", cells: estimate.rows }]);
  });

  it("of a table that fits into a page is the table", async () => {
    const found = await filled(30, 1).sample(50, 100);
    expect(estimateTable(scene, found)).toMatchObject({ exact: true, rows: 30, sampledRows: 30 });
  });

  it("of an empty table is nothing", async () => {
    const estimate = estimateTable(scene, await filled(0, 0).sample(3, 100));
    expect(estimate).toMatchObject({ exact: true, rows: 0, cells: [], diskGrowthBytes: 0 });
  });

  it("writes nothing", async () => {
    const found = await filled(30, 1).sample(1, 100);
    expect(found.written).toBeGreaterThan(0);
    expect(found.census).toMatchObject([{ keyVersion: "old", cells: 30 }]);
  });
});

describe("an estimate", () => {
  const sample = {
    ...{ rows: 100, bytes: 5_000, written: 8_000, fraction: 0.01, readMs: 400, sealMs: 50 },
    census: [{ column: "email", keyVersion: "v1", cells: 90, newestWritetime: 1n }],
  };

  it("is the sample times what it stands for; workers share the reading, not the sealing", () => {
    expect(estimateTable(scene, sample)).toEqual({
      ...{ keyspace: "app", table: "users", sampledRows: 100, exact: false, rows: 10_000, bytes: 500_000 },
      cells: [{ column: "email", keyVersion: "v1", cells: 9_000 }],
      durationMs: (400 / 4 + 50) * 100 * 2.5,
      diskGrowthBytes: 8_000 * 100 * 3,
    });
  });
});
