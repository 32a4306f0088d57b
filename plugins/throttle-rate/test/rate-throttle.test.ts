import { describeThrottle, throttleContext } from "@cassandra-rekey/testkit";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { rateOptions } from "../src/index.ts";
import { RateThrottle } from "../src/rate-throttle.ts";

let live = 8;
describeThrottle(
  { describe, it },
  {
    name: "the rate throttle",
    create: async (clock) => {
      live = 8;
      const context = throttleContext(clock, { workers: 8, liveWorkers: () => live });
      return new RateThrottle({ rows_per_second: 1_000, bytes_per_second: 1e6 }, context);
    },
    press: async () => {
      live = 32;
    },
    relieve: async () => {
      live = 8;
    },
    measures: "itself",
  },
);

test("alone, a process has the whole rate", () => {
  const throttle = new RateThrottle({ rows_per_second: 4_000 }, { workers: 8, liveWorkers: () => 8 });
  expect(throttle.limit()).toEqual({
    rowsPerSecond: 4_000,
    reason: "throttle-rate: 4000 rows/s for the job",
  });
});

test("with others it has the share of its workers, and says so", () => {
  const crew = { workers: 2, liveWorkers: () => 8 };
  const throttle = new RateThrottle({ rows_per_second: 4_000, bytes_per_second: 1_000_000 }, crew);
  expect(throttle.limit()).toEqual({
    rowsPerSecond: 1_000,
    bytesPerSecond: 250_000,
    reason: "throttle-rate: 4000 rows/s and 1000000 bytes/s for the job, 2 of 8 workers here",
  });
});

test("the shares of all processes are the whole, whatever their sizes, and each worker has the same", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 1e6 }),
      (processes, rows_per_second) => {
        const all = processes.reduce((sum, workers) => sum + workers, 0);
        const shares = processes.map((workers) => {
          const { rowsPerSecond } = new RateThrottle(
            { rows_per_second },
            { workers, liveWorkers: () => all },
          ).limit();
          expect(rowsPerSecond! / workers).toBeCloseTo(rows_per_second / all, 5);
          return rowsPerSecond!;
        });
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(rows_per_second, 4);
      },
    ),
  );
});

test("before others are heard of, nobody gets more than the whole", () => {
  expect(
    new RateThrottle({ rows_per_second: 10 }, { workers: 4, liveWorkers: () => 0 }).limit().rowsPerSecond,
  ).toBe(10);
});

test.each([
  [{}, "rows_per_second or bytes_per_second is needed"],
  [{ rows_per_second: 0 }, "rows_per_second"],
  [{ bytes_per_second: "1 MB" }, "bytes_per_second"],
  [{ rows_per_second: 5, rows: 5 }, "rows"],
])("%j is refused", (options, problem) => {
  const { error } = rateOptions.safeParse(options);
  expect(JSON.stringify(error?.issues)).toContain(problem);
});
