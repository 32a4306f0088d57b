import type { Sample } from "@cassandra-rekey/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { governed } from "./throttle-stub.ts";

const read = (rows: number, bytes = 0): Sample => ({ kind: "read", rows, bytes, latencyMs: 1 });

/** `workers` pages after one another, each at once when there; tells when each was let go, in milliseconds. */
async function pages(
  limit: { rowsPerSecond?: number; bytesPerSecond?: number },
  workers: number,
  seconds: number,
  sample: (page: number) => Sample,
) {
  const { clock, left, permits, leave } = governed([{ ...limit, reason: "rate" }]);
  const times: number[] = [];
  let started = 0;
  const start = () => void leave(String(started++));
  for (let worker = 0; worker < workers; worker += 1) start();
  let done = 0;
  for (let tick = 0; tick < seconds * 10; tick += 1) {
    await clock.advance(100);
    const fresh = left.slice(times.length);
    times.push(...fresh.map(() => clock.monotonicMs()));
    for (const name of fresh) {
      permits.get(name)!.release(sample(done++));
      start();
    }
  }
  return times;
}

test("pages are let go one after the other, not all when a debt is paid", async () => {
  const times = await pages({ rowsPerSecond: 1_000 }, 8, 20, () => read(1_000));
  expect(times.length).toBeGreaterThanOrEqual(19);
  const gaps = times.slice(1).map((time, index) => time - times[index]!);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(900);
});

test("the mean rate is kept whatever the sizes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 200, max: 5_000 }),
      fc.integer({ min: 1, max: 8 }),
      fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 20 }),
      async (rowsPerSecond, workers, sizes) => {
        let rows = 0;
        const seconds = 30;
        await pages({ rowsPerSecond }, workers, seconds, (page) => {
          const size = sizes[page % sizes.length]!;
          rows += size;
          return read(size);
        });
        expect(rows).toBeLessThanOrEqual(rowsPerSecond * seconds + 1_000 * (workers + 1));
      },
    ),
    { numRuns: 20 },
  );
});

test.each([
  [4_000, 500],
  [3_000, 500],
  [900, 100],
])("%d rows a second are reached by pages of %d rows", async (rowsPerSecond, size) => {
  const { clock, permits, leave } = governed([{ rowsPerSecond, reason: "rate" }]);
  let rows = 0;
  const work = async (worker: number) => {
    for (let page = 0; ; page += 1) {
      const name = `${worker}/${page}`;
      await leave(name);
      await clock.sleep(20);
      permits.get(name)!.release(read(size));
      rows += size;
    }
  };
  for (let worker = 0; worker < 4; worker += 1) void work(worker);
  await clock.advance(20_000);
  expect(rows).toBeGreaterThan(rowsPerSecond * 20 * 0.98);
  expect(rows).toBeLessThan(rowsPerSecond * 20 * 1.02 + size);
});

test("bytes count as they are read and as they are written, and the next page pays", async () => {
  const { clock, governor, left, permits, leave } = governed([{ bytesPerSecond: 1_000, reason: "bytes" }]);
  void leave("page");
  await clock.time.idle();
  permits.get("page")!.release(read(1, 1_000));
  void leave("write", "write");
  await clock.time.idle();
  permits.get("write")!.release({ kind: "write", rows: 1, bytes: 1_000, latencyMs: 1 });
  void leave("next");
  await clock.advance(1_800);
  expect(left).toEqual(["page", "write"]);
  expect(governor.reason).toBe("bytes");
  await clock.advance(300);
  expect(left).toEqual(["page", "write", "next"]);
});

test("a page that failed costs nothing", async () => {
  const { clock, left, permits, leave } = governed([{ rowsPerSecond: 10, reason: "rate" }]);
  void leave("page");
  await clock.time.idle();
  permits.get("page")!.release(read(10));
  void leave("fails");
  await clock.advance(1_100);
  expect(left).toEqual(["page", "fails"]);
  permits.get("fails")!.release({ ...read(0), error: "CLUSTER.TIMEOUT" });
  void leave("again");
  await clock.time.idle();
  expect(left).toEqual(["page", "fails", "again"]);
});

test("of two rates the one that makes wait longer is named", async () => {
  const { clock, governor, permits, leave } = governed([
    { rowsPerSecond: 100, reason: "rows" },
    { bytesPerSecond: 100, reason: "bytes" },
  ]);
  void leave("page");
  await clock.time.idle();
  permits.get("page")!.release(read(100, 1_000));
  expect(governor.reason).toBe("bytes");
});
