import { expect, it } from "vitest";
import { ControlThrottle } from "../../src/controls/control-throttle.ts";
import { Crew } from "../../src/executor/crew.ts";

const other = (workers: number) => ({
  worker: "b",
  host: "there",
  pid: 1,
  workers,
  scanned: 0,
  rowsPerSecond: 0,
  permits: 1,
  waiting: undefined,
});

it("gives this process its share of the job's rate, by workers, and says who set it", () => {
  const crew = new Crew(2);
  const throttle = new ControlThrottle(crew);
  expect(throttle.limit()).toEqual({});
  throttle.set(500, "ann@pod-1");
  expect(throttle.limit()).toEqual({ rowsPerSecond: 500, reason: "tuned by ann@pod-1: 500 rows/s" });
  crew.hear([other(6)]);
  expect(throttle.limit()).toEqual({
    rowsPerSecond: 125,
    reason: "tuned by ann@pod-1: 500 rows/s, 125 of them here",
  });
  crew.resize(6);
  expect(throttle.limit().rowsPerSecond).toBe(250);
  throttle.set(undefined, "ann");
  expect(throttle.limit()).toEqual({});
});
