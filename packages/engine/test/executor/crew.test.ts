import type { WorkerReport } from "@cassandra-rekey/core";
import { expect, test } from "vitest";
import { Crew } from "../../src/executor/crew.ts";

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
