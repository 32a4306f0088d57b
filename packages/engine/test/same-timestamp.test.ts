import { MemoryCluster, SeededRandom } from "@cassandra-rekey/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { fencedWrite, MAX_WRITETIME } from "../src/writer/fence.ts";
import { openRun } from "./simulated-run.ts";
import { key, openWorld, workOn } from "./simulated-world.ts";
import { sealedBy, unsealed } from "./test-keys.ts";

const ROWS = 12;
const COLUMNS = ["email", "phone"] as const;
/** Long ago: `settle` says nothing of an application that dates its writes itself. */
const DAY_US = 86_400_000_000n;

/**
 * A run beside an application all of whose writes have one of three timestamps, and beside it the table as it would be
 * without the run.
 */
async function raced(seed: number, writeMode: "same-timestamp" | "fenced") {
  const run = await openRun({ writeMode, seed, latencyMs: 20, execution: { pageSize: 4, workers: 2 } });
  const random = new SeededRandom(seed);
  const truth = new MemoryCluster(run.clock.time).createTable({ columns: [...COLUMNS] });
  const base = run.table.stamp();
  let written = 0;
  const write = () => {
    const row = key(`k${random.integer(ROWS)}`);
    const column = COLUMNS[random.integer(2)]!;
    const timestamp = base - DAY_US + BigInt(random.integer(3)) * 1000n;
    written += 1;
    const value = sealedBy(random.fraction() < 0.5 ? "old" : "new", `${written}`);
    // Any of two may be the larger.
    value[0] = random.integer(256);
    const choice = random.integer(10);
    for (const table of [run.table, truth]) {
      if (choice === 0) table.deleteRow(row, { timestamp });
      else if (choice === 1) table.update(row, { [column]: null }, { timestamp });
      else if (choice < 4) table.update(row, { [column]: value }, { timestamp, ttl: 10_000 });
      else table.update(row, { [column]: value }, { timestamp });
    }
  };
  for (let n = 0; n < 60; n += 1) write();
  await run.clock.advance(1_000);
  run.cluster.onRequest((request) => {
    if (request.kind === "send") for (let n = 0; n < 4; n += 1) write();
  });
  await run.run();
  const differences: string[] = [];
  for (let row = 0; row < ROWS; row += 1) {
    const [ours, without] = [run.table, truth].map((table) => table.row(key(`k${row}`)));
    COLUMNS.forEach((column, index) => {
      const [cell, other] = [ours?.cells[index], without?.cells[index]];
      const place = `k${row}.${column}`;
      if ((cell === undefined) !== (other === undefined))
        differences.push(`${place}: ${cell ? "came back" : "lost"}`);
      if (!cell || !other) return;
      if (cell.writetime !== other.writetime) differences.push(`${place}: another write won`);
      const expiries = [run.table, truth].map((table) => table.expiry(key(`k${row}`), column));
      if (expiries[0] !== expiries[1])
        differences.push(`${place}: expires at ${expiries[0]}, not ${expiries[1]}`);
    });
  }
  const values = run.table
    .rows()
    .flatMap(({ cells }) => cells.flatMap((cell) => (cell ? [unsealed(cell.value)] : [])));
  return { run, differences, values, truth };
}

it("same-timestamp mode leaves every tie but that of two plain values to the application, as if we were not there", async () => {
  let cells = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), async (seed) => {
      const { differences, values } = await raced(seed, "same-timestamp");
      expect(differences).toEqual([]);
      // Nothing but what the application wrote, under one of the two keys.
      for (const { version, plaintext } of values)
        expect(`${version} ${plaintext}`).toMatch(/^(old|new) \d+$/);
      cells += values.filter(({ version }) => version === "new").length;
    }),
    { numRuns: 30 },
  );
  expect(cells).toBeGreaterThan(100);
});

it("a fence a microsecond later does not: deletions at the timestamp of a cell lose against it", async () => {
  const found: string[] = [];
  for (let seed = 1; seed <= 10; seed += 1) found.push(...(await raced(seed, "fenced")).differences);
  expect(found.filter((line) => line.endsWith("came back")).length).toBeGreaterThan(2);
});

it("a label goes with its row where it wins, and the row stays as it is where it would not", async () => {
  const world = openWorld({ table: { label: "v" } });
  const label = (text: string) => ({ email: sealedBy("old", "a"), v: Buffer.from(text) });
  // The target's label is "new".
  world.table.insert(key("a"), label("nem"));
  world.table.insert(key("b"), label("old"));
  world.table.insert(key("c"), { email: sealedBy("new", "c"), v: Buffer.from("old") });
  await world.clock.advance(60_000);
  const work = await workOn(world, { writeMode: "same-timestamp" });
  expect(work.writes.map(({ key: [pk], cells }) => [`${pk}`, cells.map(({ column }) => column)])).toEqual([
    ["a", ["email", "v"]],
  ]);
  expect(work.quarantine.map(({ reason }) => reason)).toEqual([
    expect.stringContaining("label of its row is larger"),
  ]);
  expect((await workOn(world)).writes).toHaveLength(3);
});

it("a cell for which no draw wins stays as it is, with its reason, and its neighbours do not", async () => {
  const world = openWorld();
  const highest = sealedBy("old", "a");
  highest[0] = 0xff;
  world.table.insert(key("a"), { email: highest, phone: sealedBy("old", "1") });
  await world.clock.advance(60_000);
  const work = await workOn(world, { writeMode: "same-timestamp" });
  expect(work.writes.map(({ cells }) => cells.map(({ column }) => column))).toEqual([["phone"]]);
  expect(work.quarantine).toMatchObject([
    { column: "email", reason: expect.stringContaining("none of 255 ciphertexts is larger") },
  ]);
});

it("the largest writetime that there is can be tied with, though nothing is newer", async () => {
  const world = openWorld();
  world.table.update(key("a"), { email: sealedBy("old", "a") }, { timestamp: MAX_WRITETIME });
  const work = await workOn(world, { writeMode: "same-timestamp", visit: 1 });
  const [cell] = work.writes[0]!.cells;
  expect(fencedWrite(cell!, 0, "same-timestamp")).toMatchObject({ timestamp: MAX_WRITETIME, ttl: 0 });
  expect((await workOn(world)).writes).toEqual([]);
});

it("in peace everything is rewritten where it was, and a second job finds nothing", async () => {
  const run = await openRun({ writeMode: "same-timestamp" });
  for (let row = 0; row < 200; row += 1)
    run.table.insert(key(`k${row}`), { email: sealedBy("old", `${row}`) }, { timestamp: 1_000_000n });
  await run.clock.advance(60_000);
  const report = await run.run();
  const stamps = new Set(run.table.rows().map(({ cells }) => cells[0]!.writetime));
  expect(stamps).toEqual(new Set([1_000_000n]));
  expect(report.totals.rekeyed).toBe(200);
  await run.plan("k");
  expect((await run.run({ jobId: "k" })).totals).toMatchObject({ rekeyed: 0, quarantined: 0 });
});
