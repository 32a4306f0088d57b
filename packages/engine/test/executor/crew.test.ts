import type { WorkerReport } from "@cassandra-rekey/core";
import { expect, test } from "vitest";
import { Crew } from "../../src/executor/crew.ts";
import { openRun } from "../simulated-run.ts";
import { old } from "../simulated-world.ts";

const report = (worker: string, changes: Partial<WorkerReport>): WorkerReport => ({
  worker,
  host: "h",
  pid: 1,
  scanned: 0,
  rowsPerSecond: 0,
  permits: 1,
  waiting: undefined,
  ...changes,
});

test("until others are heard of, a process counts its own workers", () => {
  expect(new Crew(4).live).toBe(4);
});

test("others count with as many workers as they say, one if they don't, until they are gone", () => {
  const crew = new Crew(4);
  crew.hear([report("b", { workers: 8 }), report("does not say", {})]);
  expect(crew.live).toBe(13);
  crew.hear([]);
  expect(crew.live).toBe(4);
});

test("processes hear of each other, and of the end of one", async () => {
  const world = await openRun({ latencyMs: 500, chunks: 64 });
  for (let row = 0; row < 4_000; row += 1)
    world.table.insert([Buffer.from(`p${row}`), Buffer.from("c")], old({ email: "a", phone: "b" }));
  const [large, small] = [new Crew(4), new Crew(2)];
  const stop = new AbortController();
  const running = [
    world.start({ workers: 4 }, { crew: large }),
    world.start({ workers: 2, stop: stop.signal }, { crew: small }),
  ];
  await world.clock.advance(12_000);
  expect([large.live, small.live]).toEqual([6, 6]);
  stop.abort();
  await world.clock.advance(12_000);
  expect(large.live).toBe(4);
  await world.clock.run(Promise.all(running));
});

test("tells of a change of its size while somebody listens", () => {
  const crew = new Crew(4);
  const sizes: number[] = [];
  {
    using _ = crew.onResize(() => sizes.push(crew.own));
    crew.resize(6);
    crew.resize(6);
    crew.resize(1);
  }
  crew.resize(9);
  expect(sizes).toEqual([6, 1]);
  expect(crew.live).toBe(9);
});
