import { type Limit, RekeyError, type Sample, type Throttle } from "@cassandra-rekey/core";
import { ManualClock } from "@cassandra-rekey/testkit";
import { expect, it, vi } from "vitest";
import { checkedThrottle } from "../../src/governor/checked-throttle.ts";
import { Governor } from "../../src/governor/governor.ts";
import { throttleStub } from "./throttle-stub.ts";

const { signal } = new AbortController();
const SAMPLE: Sample = { kind: "read", rows: 1, bytes: 1, latencyMs: 1 };

/** What a throttle that no compiler has checked may answer. */
const says = (limit: unknown) => checkedThrottle(throttleStub(limit as Limit), "acme");

it.each([
  [undefined, "it is not an object"],
  [null, "it is not an object"],
  ["slow", "it is not an object"],
  [{ inFlight: Number.NaN }, "inFlight is not a number"],
  [{ rowsPerSecond: "100" }, "rowsPerSecond is not a number"],
  [{ bytesPerSecond: null }, "bytesPerSecond is not a number"],
  [{ hold: false }, "hold is not text"],
  [{ pause: true }, "pause is not text"],
  [{ reason: 5 }, "reason is not text"],
  [{ perHost: {} }, "perHost is not a Map"],
  [{ perHost: new Map([["n1", Number.NaN]]) }, "perHost has what is not a number"],
])("a limit of %o stops the run, and names the throttle", async (limit, problem) => {
  const governor = new Governor([says(limit)], 4, new ManualClock());
  await expect(governor.leave("page", signal)).rejects.toMatchObject({
    code: "PLUGIN.INVALID",
    message: `The throttle "acme" set a limit that cannot be obeyed: ${problem}`,
  });
});

it("what it throws is told of by its kind and place alone, and errors of ours as they are", () => {
  const broken = (error: unknown): Throttle => {
    const fail = () => {
      throw error;
    };
    return { limit: fail, observe: fail, tune: fail, [Symbol.asyncDispose]: async () => {} };
  };
  const foreign = checkedThrottle(broken(new TypeError("s3cret")), "acme");
  const failed = (method: string) =>
    new RegExp(`^The throttle "acme" failed in ${method}\\(\\): unexpected TypeError at [\\w.-]+:\\d+:\\d+$`);
  expect(() => foreign.limit()).toThrow(failed("limit"));
  expect(() => foreign.observe(SAMPLE)).toThrow(failed("observe"));
  expect(() => foreign.tune?.({})).toThrow(/"acme" failed in tune/);
  expect(() => checkedThrottle(broken(undefined), "acme").limit()).toThrow("unexpected error");
  const ours = new RekeyError("CLUSTER.TIMEOUT", "the probe is late");
  expect(() => checkedThrottle(broken(ours), "acme").limit()).toThrow(ours);
});

it("is asked and told as itself otherwise", async () => {
  const inner = { ...throttleStub({ inFlight: -1, perHost: new Map([["n1", 2]]) }), tune: vi.fn(() => true) };
  const disposed = vi.spyOn(inner, Symbol.asyncDispose);
  const checked = checkedThrottle(inner, "acme");
  expect(checked.limit()).toBe(inner.limit());
  checked.observe(SAMPLE);
  expect(inner.observe).toHaveBeenCalledWith(SAMPLE);
  expect(checked.tune?.({ thresholdMs: 5 })).toBe(true);
  await checked[Symbol.asyncDispose]();
  expect(disposed).toHaveBeenCalledOnce();
  expect(says({})).not.toHaveProperty("tune");
  expect(says({})).not.toHaveProperty("changes");
});

it.each([{ rowsPerSecond: 0 }, { bytesPerSecond: -3, reason: "acme: nothing is left" }])(
  "a rate of nothing holds pages, not what was read: %o",
  async (limit) => {
    const clock = new ManualClock();
    const throttle = throttleStub(limit);
    const governor = new Governor([throttle], 4, clock);
    await governor.leave("write", signal);
    let gone = false;
    void governor.leave("page", signal).then(() => {
      gone = true;
    });
    await clock.advance(1_000);
    expect(gone).toBe(false);
    expect(governor.reason).toBe(limit.reason ?? "a throttle allows a rate of 0");
    throttle.now = {};
    await clock.advance(200);
    expect(gone).toBe(true);
  },
);

it("what tells of no changes as it should is looked at all the same", async () => {
  for (const changes of [5, { [Symbol.asyncIterator]: () => ({ next: () => 5, return: () => 5 }) }]) {
    const throttle = { ...throttleStub({}), changes: changes as unknown as AsyncIterable<void> };
    await new Governor([throttle], 4, new ManualClock()).listen(signal);
  }
});
