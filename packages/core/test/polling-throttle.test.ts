import { setImmediate as rest } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Lookout, pollingThrottle } from "../src/polling-throttle.ts";

/** Sleeps until it is told that the time has come. */
function handClock() {
  const slept: number[] = [];
  let wake = () => {};
  return {
    slept,
    sleep(ms: number, signal?: AbortSignal) {
      slept.push(ms);
      return new Promise<void>((resolve, reject) => {
        wake = resolve;
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    },
    async tick() {
      wake();
      await rest();
    },
  };
}

/** Says how often it has looked; a look does what `next` does. */
function counting() {
  const lookout = {
    looks: 0,
    next: async () => {},
    async look() {
      lookout.looks += 1;
      await lookout.next();
    },
    limit: () => ({ inFlight: lookout.looks }),
  };
  return lookout satisfies Lookout;
}

test("it looks once before it is there, then after each interval, and tells after each look", async () => {
  const clock = handClock();
  const lookout = counting();
  const throttle = await pollingThrottle(lookout, { intervalMs: 7, clock });
  expect(throttle.limit()).toEqual({ inFlight: 1 });
  const told: unknown[] = [];
  const hearing = (async () => {
    for await (const _ of throttle.changes!) told.push(throttle.limit());
  })();
  await clock.tick();
  await clock.tick();
  expect(told).toEqual([{ inFlight: 2 }, { inFlight: 3 }]);
  expect(clock.slept).toEqual([7, 7, 7]);
  await throttle[Symbol.asyncDispose]();
  await hearing;
  expect(lookout.looks).toBe(3);
});

test("a first look that rejects is told of, a later one changes nothing", async () => {
  const clock = handClock();
  const lookout = counting();
  const fail = async () => {
    throw new RangeError("nobody answers");
  };
  lookout.next = fail;
  await expect(pollingThrottle(lookout, { intervalMs: 1, clock })).rejects.toThrow("nobody answers");
  lookout.next = async () => {};
  await using throttle = await pollingThrottle(lookout, { intervalMs: 1, clock });
  lookout.next = fail;
  await clock.tick();
  await clock.tick();
  expect(throttle.limit()).toEqual({ inFlight: 4 });
});

test("disposing of it ends a look that is under way, which is not told of", async () => {
  const clock = handClock();
  const lookout = counting();
  const throttle = await pollingThrottle(
    {
      ...lookout,
      look: (signal) =>
        lookout.looks++ === 0
          ? Promise.resolve()
          : new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    },
    { intervalMs: 1, clock },
  );
  let told = 0;
  const hearing = (async () => {
    for await (const _ of throttle.changes!) told += 1;
  })();
  await clock.tick();
  expect(lookout.looks).toBe(2);
  await throttle[Symbol.asyncDispose]();
  await hearing;
  expect(told).toBe(0);
});

test("what it goes by is told how requests went, if it wants to know", async () => {
  const sample = { kind: "read", rows: 3, bytes: 90, latencyMs: 2 } as const;
  const heard: unknown[] = [];
  const every = { intervalMs: 1, clock: handClock() };
  await using throttle = await pollingThrottle({ ...counting(), observe: (each) => heard.push(each) }, every);
  throttle.observe(sample);
  expect(heard).toEqual([sample]);
  await using deaf = await pollingThrottle(counting(), every);
  deaf.observe(sample);
});
