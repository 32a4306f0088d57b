import { type CellSource, RekeyError, type RekeyEvent } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { filledRun, underOld } from "../filled-run.ts";
import type { RunOptions } from "../simulated-run.ts";

const ROWS = 200;
const refused = new RekeyError("CLUSTER.INVALID_QUERY", "made up");

/** Rows written long before the run. */
const filled = (options: RunOptions = {}) => filledRun(ROWS, options);

/** A source of which some pages fail. */
function failing(source: CellSource, fails: (page: number) => unknown): CellSource {
  let pages = 0;
  return {
    row: (...args) => source.row(...args),
    page: async (...args) => {
      pages += 1;
      const error = fails(pages);
      if (error !== undefined) throw error;
      return source.page(...args);
    },
  };
}

describe("a chunk that fails", () => {
  it("is tried again, and the job goes on", async () => {
    const run = await filled({
      source: (source) => failing(source, (page) => (page === 3 ? refused : undefined)),
    });
    const events: RekeyEvent[] = [];
    expect((await run.run({ onEvent: (event) => events.push(event) })).outcome).toBe("done");
    expect(events.filter(({ type }) => type === "chunk.failed")).toMatchObject([
      { code: "CLUSTER.INVALID_QUERY", final: false },
    ]);
    expect(underOld(run)).toBe(0);
  });

  it("is not counted as failed where another had taken it over before it could say so", async () => {
    const run = await filled({
      source: (source) => failing(source, (page) => (page === 3 ? refused : undefined)),
    });
    const fail = run.store.fail.bind(run.store);
    run.store.fail = async (lease, ...rest) => {
      await run.store.reclaim(lease.jobId, 0, run.signal);
      return fail(lease, ...rest);
    };
    const events: string[] = [];
    expect((await run.run({ onEvent: ({ type }) => events.push(type) })).outcome).toBe("done");
    expect(events).not.toContain("chunk.failed");
    expect(events).toContain("chunk.lost");
    expect(underOld(run)).toBe(0);
  });

  it("is given up after max_attempts, the others are done, and the next run tries it again", async () => {
    let broken = true;
    const run = await filled({
      source: (source) => ({
        row: source.row,
        page: (request, signal) =>
          broken && request.range.after < 0n && request.range.upTo >= 0n
            ? Promise.reject(new TypeError("secret plaintext"))
            : source.page(request, signal),
      }),
      chunks: 7,
    });
    const failures: boolean[] = [];
    const onEvent = (event: RekeyEvent) => event.type === "chunk.failed" && failures.push(event.final);
    await expect(run.run({ onEvent })).rejects.toMatchObject({
      code: "JOB.CHUNKS_FAILED",
      problems: [expect.stringMatching(/unexpected TypeError at failures\.test\.ts:\d+:\d+$/)],
    });
    expect(failures).toEqual([false, false, true]);
    const { chunks, lastError } = await run.progress();
    expect(chunks).toMatchObject({ failed: 1, done: 6 });
    expect(lastError).not.toContain("secret");
    expect(await run.state()).toBe("failed");
    broken = false;
    expect((await run.run()).outcome).toBe("done");
    expect(underOld(run)).toBe(0);
  });
});

it("a place in which replicas fail to read is asked for again, and costs the job its own chunk alone", async () => {
  let reads = 0;
  const run = await filled({
    source: (source) => ({
      row: source.row,
      page: (request, signal) => {
        if (request.range.after >= 0n || request.range.upTo < 0n) return source.page(request, signal);
        reads += 1;
        return Promise.reject(new RekeyError("CLUSTER.READ_FAILED", "made up"));
      },
    }),
    chunks: 7,
  });
  await expect(run.run()).rejects.toMatchObject({ code: "JOB.CHUNKS_FAILED" });
  expect((await run.progress()).chunks).toMatchObject({ failed: 1, done: 6 });
  expect(reads).toBe(3 * 14);
});

describe("an error that is not a chunk's own", () => {
  it.each([
    ["a wrong key", new RekeyError("KEY.REFUSED", "made up")],
    ["an outage that lasts", new RekeyError("CLUSTER.UNAVAILABLE", "made up")],
    ["a missing permission", new RekeyError("CLUSTER.UNAUTHORIZED", "made up")],
  ])("stops the job: %s", async (_, error) => {
    const run = await filled({
      source: (source) => failing(source, (page) => (page > 5 ? error : undefined)),
    });
    await expect(run.run()).rejects.toBe(error);
    const { chunks } = await run.progress();
    expect(chunks).toMatchObject({ running: 0, failed: 0 });
    expect(await run.state()).toBe("running");
  });

  it("waits out an outage of the state store", async () => {
    const run = await filled();
    const until = run.clock.monotonicMs() + 15_000;
    run.store.beforeCall = (call) => {
      if (call !== "report" && run.clock.monotonicMs() > 60_050 && run.clock.monotonicMs() < until) {
        throw new RekeyError("STATE.UNAVAILABLE", "made up");
      }
    };
    expect((await run.run()).outcome).toBe("done");
    expect(underOld(run)).toBe(0);
  });
});
