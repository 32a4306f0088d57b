import { RekeyError, type Throttle } from "@cassandra-rekey/core";
import { describeThrottle, ManualClock } from "@cassandra-rekey/testkit";
import { describe, expect, it, test, vi } from "vitest";
import { AdaptiveThrottle } from "../src/adaptive-throttle.ts";
import { adaptiveOptions } from "../src/index.ts";

const options = adaptiveOptions.parse({});

/** Requests for so many seconds, as many as are allowed. */
async function requests(throttle: Throttle, clock: ManualClock, latencyMs: number, seconds: number) {
  for (let tick = 0; tick < seconds * 10; tick += 1) {
    await clock.advance(100);
    const { inFlight = 64 } = throttle.limit();
    for (let each = 0; each < (inFlight * 100) / latencyMs; each += 1)
      throttle.observe({ kind: each % 5 === 0 ? "read" : "write", rows: 1, bytes: 1, latencyMs });
  }
}

describeThrottle(
  { describe, it },
  {
    name: "the adaptive throttle",
    create: async (clock) => {
      const throttle = new AdaptiveThrottle({ options, clock });
      await requests(throttle, clock, 10, 8);
      return throttle;
    },
    press: (throttle, clock) => requests(throttle, clock, 100, 4),
    relieve: (throttle, clock) => requests(throttle, clock, 10, 10),
    measures: "samples",
  },
);

function watched(rates: (number | undefined | Error)[]) {
  const clock = new ManualClock();
  const onBlind = vi.fn();
  const others = vi.fn(async () => {
    const rate = rates.length > 1 ? rates.shift() : rates[0];
    if (rate instanceof Error) throw rate;
    return rate;
  });
  const throttle = new AdaptiveThrottle({ options, clock, others, onBlind });
  throttle.start();
  return { clock, throttle, others, onBlind, rates };
}

test("while nobody else is there, there is no limit", async () => {
  const { clock, throttle } = watched([undefined, 0]);
  await using _ = throttle;
  expect(throttle.limit().inFlight).toBe(2);
  await clock.advance(600);
  expect(throttle.limit()).toEqual({});
  await requests(throttle, clock, 500, 10);
  expect(throttle.limit()).toEqual({});
});

test("when someone comes, they are let through at once, and the governor is told", async () => {
  const { clock, throttle, rates } = watched([undefined, 0]);
  const told: (number | undefined)[] = [];
  const hearing = (async () => {
    for await (const _ of throttle.changes) told.push(throttle.limit().inFlight);
  })();
  await clock.advance(600);
  await requests(throttle, clock, 50, 5);
  rates[0] = 850;
  await clock.advance(2_000);
  expect(throttle.limit()).toEqual({
    inFlight: 2,
    reason: "throttle-adaptive: others send 850 requests/s, measuring latency with 2 in flight",
  });
  await requests(throttle, clock, 10, 4);
  expect(throttle.limit().reason).toMatch(
    /^throttle-adaptive: others send 850 requests\/s, latency 1\.0 times the unloaded one \(read 10 ms, write 10 ms\), \d+ in flight$/,
  );
  rates[0] = 1;
  await clock.advance(2_000);
  expect(throttle.limit()).toEqual({});
  await throttle[Symbol.asyncDispose]();
  await hearing;
  expect(told).toEqual([undefined, 2, undefined]);
});

test("a cluster that refuses to say who is there is asked no more, and taken for one in use", async () => {
  const refusal = new RekeyError("CLUSTER.UNAUTHORIZED", "no");
  const { clock, throttle, others, onBlind } = watched([0, 0, refusal]);
  await using _ = throttle;
  await clock.advance(600);
  expect(throttle.limit()).toEqual({});
  await clock.advance(20_000);
  expect(throttle.limit().inFlight).toBe(2);
  expect(onBlind).toHaveBeenCalledExactlyOnceWith(refusal);
  expect(others).toHaveBeenCalledTimes(3);
});

test("a node that does not answer once is asked again", async () => {
  const { clock, throttle, onBlind } = watched([0, 0, new RekeyError("CLUSTER.TIMEOUT", "slow"), 0]);
  await using _ = throttle;
  await clock.advance(2_600);
  expect(throttle.limit().inFlight).toBe(2);
  await clock.advance(2_000);
  expect(throttle.limit()).toEqual({});
  expect(onBlind).not.toHaveBeenCalled();
});

test.each([
  [{ tolerance: 1 }, "tolerance"],
  [{ min_in_flight: 0 }, "min_in_flight"],
  [{ min_in_flight: 9, max_in_flight: 8 }, "must not be larger than max_in_flight"],
  [{ workers: 8 }, "workers"],
])("%j is refused", (wrong, problem) => {
  expect(JSON.stringify(adaptiveOptions.safeParse(wrong).error?.issues)).toContain(problem);
});
