import type { Limit, Sample, Throttle } from "@cassandra-rekey/core";
import { ManualClock } from "@cassandra-rekey/testkit";
import { describe, expect, it, vi } from "vitest";
import { Governor, type Permit, type RequestKind } from "../../src/governor/governor.ts";

const { signal } = new AbortController();
const read = (rows: number): Sample => ({ kind: "read", rows, bytes: 0, latencyMs: 1 });

function throttle(limit: Limit) {
  const made = {
    now: limit,
    limit: () => made.now,
    observe: vi.fn(),
    async [Symbol.asyncDispose]() {},
  };
  return made satisfies Throttle & { now: Limit };
}

function setUp(limits: readonly Limit[], maxInFlight = 8) {
  const clock = new ManualClock();
  const throttles = limits.map(throttle);
  const governor = new Governor(throttles, maxInFlight, clock);
  const left: string[] = [];
  const permits: Permit[] = [];
  const leave = (name: string, kind: RequestKind = "page") =>
    governor.leave(kind, signal).then((permit) => {
      left.push(name);
      permits.push(permit);
    });
  return { clock, throttles, governor, left, permits, leave };
}

describe("requests in flight", () => {
  it("are bounded by the tightest throttle, whose reason is named", async () => {
    const { governor, clock, left, leave } = setUp([
      { inFlight: 5, reason: "wide" },
      { inFlight: 2, reason: "tight" },
      {},
    ]);
    expect(governor.permits).toBe(2);
    expect(governor.reason).toBe("tight");
    for (const name of ["a", "b", "c"]) void leave(name);
    await clock.advance(1_000);
    expect(left).toEqual(["a", "b"]);
  });

  it("are bounded without throttles as well, and nobody is blamed", async () => {
    const { governor, clock, left, leave } = setUp([], 1);
    void leave("a");
    void leave("b");
    await clock.advance(1_000);
    expect(left).toEqual(["a"]);
    expect(governor.reason).toBeUndefined();
  });

  it("never come down to none", () => {
    expect(setUp([{ inFlight: 0 }]).governor.permits).toBe(1);
  });

  it("go on when one ends: writes first, each kind in order", async () => {
    const { clock, left, permits, leave } = setUp([], 1);
    void leave("first");
    await clock.time.idle();
    void leave("page 1");
    void leave("page 2");
    void leave("write 1", "write");
    void leave("write 2", "write");
    for (let n = 0; n < 5; n += 1) {
      await clock.time.idle();
      permits.at(-1)!.release();
    }
    expect(left).toEqual(["first", "write 1", "write 2", "page 1", "page 2"]);
  });

  it("are not overtaken by a later one when a limit rises", async () => {
    const { clock, throttles, left, leave } = setUp([{ inFlight: 1 }]);
    void leave("first");
    await clock.time.idle();
    void leave("write", "write");
    throttles[0]!.now = { inFlight: 2 };
    void leave("later write", "write");
    await clock.advance(1_000);
    expect(left).toEqual(["first", "write"]);
  });

  it("count once, however often a permit is released", async () => {
    const { clock, left, permits, leave } = setUp([], 1);
    void leave("a");
    await clock.time.idle();
    permits[0]!.release();
    permits[0]!.release();
    void leave("b");
    void leave("c");
    await clock.advance(1_000);
    expect(left).toEqual(["a", "b"]);
  });
});

describe("a hold", () => {
  it("keeps pages back until it ends, and no write", async () => {
    const { clock, throttles, governor, left, leave } = setUp([{ hold: "read p99 61 ms > 50 ms" }, {}]);
    void leave("page");
    void leave("write", "write");
    await clock.advance(5_000);
    expect(left).toEqual(["write"]);
    expect(governor.reason).toBe("read p99 61 ms > 50 ms");
    throttles[0]!.now = {};
    await clock.advance(200);
    expect(left).toEqual(["write", "page"]);
    expect(governor.reason).toBeUndefined();
  });

  it("lets go of a page whose run is aborted", async () => {
    const { clock, governor, throttles, left, leave } = setUp([{ hold: "why" }], 1);
    const controller = new AbortController();
    const waiting = expect(governor.leave("page", controller.signal)).rejects.toBe("stopped");
    controller.abort("stopped");
    await waiting;
    throttles[0]!.now = {};
    void leave("other");
    await clock.advance(200);
    expect(left).toEqual(["other"]);
    await expect(governor.leave("write", controller.signal)).rejects.toBe("stopped");
  });
});

describe("a rate", () => {
  it("is kept over pages of any size: what was read is paid for before the next page", async () => {
    const { clock, governor, permits, left, leave } = setUp([{ rowsPerSecond: 100 }]);
    void leave("a");
    await clock.time.idle();
    permits[0]!.release(read(300));
    void leave("b");
    void leave("write", "write");
    await clock.advance(2_800);
    expect(left).toEqual(["a", "write"]);
    expect(governor.reason).toBe("limited to 100 rows/s");
    await clock.advance(300);
    expect(left).toEqual(["a", "write", "b"]);
  });

  it("is the lowest of all throttles", async () => {
    const { clock, permits, left, leave } = setUp([{ rowsPerSecond: 1_000 }, { rowsPerSecond: 10 }]);
    void leave("a");
    await clock.time.idle();
    permits[0]!.release(read(100));
    void leave("b");
    await clock.advance(9_000);
    expect(left).toEqual(["a"]);
    await clock.advance(1_500);
    expect(left).toEqual(["a", "b"]);
  });
});

describe("throttles", () => {
  it("hear how each request went, once", async () => {
    const { throttles, governor } = setUp([{}, {}]);
    const permit = await governor.leave("page", signal);
    permit.release(read(7));
    permit.release(read(8));
    for (const { observe } of throttles) expect(observe.mock.calls).toEqual([[read(7)]]);
  });

  it("that fail do not leave anybody waiting for ever", async () => {
    const { clock, throttles, governor } = setUp([{ hold: "why" }]);
    const waiting = governor.leave("page", signal);
    throttles[0]!.limit = () => {
      throw new Error("broken");
    };
    await expect(clock.run(waiting)).rejects.toThrow("broken");
  });
});
