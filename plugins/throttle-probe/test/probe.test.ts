import { isRekeyError, type Throttle } from "@cassandra-rekey/core";
import { describeThrottle, ManualClock, throttleContext } from "@cassandra-rekey/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import plugin from "../src/index.ts";
import { probeOptions } from "../src/probe-options.ts";
import { AnsweringServer } from "./answering-server.ts";

let server: AnsweringServer;
beforeAll(async () => {
  server = await AnsweringServer.start();
});
beforeEach(() => server.says("0"));
afterAll(() => server[Symbol.asyncDispose]());

function create(
  options: object,
  clock: ManualClock,
  secret = async () => Buffer.from("s3cret"),
): Promise<Throttle> {
  const parsed = probeOptions.parse({ url: `${server.url}/pressure?key=hidden`, ...options });
  return plugin.throttles!["probe"]!.create(parsed, throttleContext(clock, { secret }));
}

/** Lets the interval pass and waits until the probe has come back. */
async function looks(throttle: Throttle, clock: ManualClock, until: (throttle: Throttle) => boolean) {
  await clock.advance(5_000);
  await expect.poll(() => until(throttle)).toBe(true);
}

const held = (throttle: Throttle) => throttle.limit().hold !== undefined;
const free = (throttle: Throttle) => !held(throttle);

describeThrottle(
  { describe, it },
  {
    name: "the probe throttle",
    create: async (clock) => {
      server.says("0.5");
      return create({ threshold: 0.8 }, clock);
    },
    press: async (throttle, clock) => {
      server.says("0.93");
      await looks(throttle, clock, held);
    },
    relieve: async (throttle, clock) => {
      server.says("0.5");
      await looks(throttle, clock, free);
    },
    measures: "itself",
  },
);

test("it says what it was told and for how long, and nothing else of the URL than the host", async () => {
  const clock = new ManualClock();
  server.says("0.9312");
  await using throttle = await create({ threshold: 0.8 }, clock);
  await clock.advance(3_000);
  const { host } = new URL(server.url);
  expect(throttle.limit()).toEqual({ hold: `throttle-probe: ${host} says 0.931 > 0.8 for 3 s` });
});

test("a held job goes on only when the value is back below resume_below", async () => {
  const clock = new ManualClock();
  server.says("0.9");
  await using throttle = await create({ threshold: 0.8, resume_below: 0.5, name: "checkout" }, clock);
  server.says("0.7");
  await looks(throttle, clock, ({ limit }) => limit.call(throttle).hold!.includes("not yet"));
  expect(throttle.limit().hold).toBe("throttle-probe: checkout says 0.7, not yet back to 0.5 for 5 s");
  server.says("0.5");
  await looks(throttle, clock, free);
  server.says("0.7");
  const before = server.asked.length;
  await looks(throttle, clock, () => server.asked.length > before);
  expect(free(throttle)).toBe(true);
});

describe("a job that was held for a value", () => {
  /** Reads at a rate, rows a second, until the next look finds what it waits for. */
  async function reads(
    throttle: Throttle,
    clock: ManualClock,
    rate: number,
    until: (throttle: Throttle) => boolean,
  ) {
    throttle.observe({ kind: "read", rows: rate * 5, bytes: 0, latencyMs: 1 });
    await looks(throttle, clock, until);
  }

  test("comes back with half of the rate that was too much, and says why", async () => {
    const clock = new ManualClock();
    await using throttle = await create({ threshold: 0.8, name: "checkout" }, clock);
    server.says("0.9");
    await reads(throttle, clock, 6_000, held);
    server.says("0.5");
    await looks(throttle, clock, free);
    expect(throttle.limit()).toEqual({
      rowsPerSecond: 3_000,
      reason: "throttle-probe: 3000 rows/s, coming back since checkout says 0.9 > 0.8",
    });
    await reads(throttle, clock, 3_000, ({ limit }) => limit.call(throttle).rowsPerSecond! > 3_000);
    expect(Math.round(throttle.limit().rowsPerSecond!)).toBe(4_264);
  });

  test("comes back at once where only the probe failed", async () => {
    const clock = new ManualClock();
    await using throttle = await create({ threshold: 0.8 }, clock);
    server.says("oops", 500);
    await reads(throttle, clock, 6_000, held);
    server.says("0.5");
    await looks(throttle, clock, free);
    expect(throttle.limit()).toEqual({});
  });
});

describe("a probe that fails", () => {
  test("holds the job by default, and says why", async () => {
    const clock = new ManualClock();
    server.says("oops", 500);
    await using throttle = await create({ threshold: 0.8, name: "checkout" }, clock);
    expect(throttle.limit().hold).toBe("throttle-probe: checkout cannot be asked (HTTP 500) for 0 s");
    server.says("0.1");
    await looks(throttle, clock, free);
  });

  test("lets it go on where that was asked for", async () => {
    server.says("oops", 500);
    await using throttle = await create({ threshold: 0.8, on_failure: "go-on" }, new ManualClock());
    expect(throttle.limit()).toEqual({});
  });
});

test("a critical value asks for a pause until it is over, also while the probe fails", async () => {
  const clock = new ManualClock();
  await using throttle = await create({ threshold: 0.8, critical: 2, name: "checkout" }, clock);
  const paused = (each: Throttle) => each.limit().pause !== undefined;
  server.says("1.5");
  await looks(throttle, clock, held);
  expect(paused(throttle)).toBe(false);
  server.says("2.5");
  await looks(throttle, clock, paused);
  expect(throttle.limit().pause).toBe("throttle-probe: checkout says 2.5 > 2");
  server.says("", 500);
  await looks(throttle, clock, (each) => each.limit().hold!.includes("cannot be asked"));
  expect(paused(throttle)).toBe(true);
  server.says("0");
  await looks(throttle, clock, free);
  expect(paused(throttle)).toBe(false);
});

test("the governor is told when it holds and when it lets go", async () => {
  const clock = new ManualClock();
  const throttle = await create({ threshold: 0.8 }, clock);
  const told: boolean[] = [];
  const hearing = (async () => {
    for await (const _ of throttle.changes!) told.push(held(throttle));
  })();
  server.says("0.9");
  await looks(throttle, clock, () => told.length === 1);
  server.says("0.1");
  await looks(throttle, clock, () => told.length === 2);
  await throttle[Symbol.asyncDispose]();
  await hearing;
  expect(told).toEqual([true, false]);
});

test("the token is a secret: sent as bearer token, and missing ones stop the start", async () => {
  const options = { threshold: 0.8, token: { env: "PROBE_TOKEN" } };
  await using _ = await create(options, new ManualClock());
  expect(server.asked.at(-1)!.authorization).toBe("Bearer s3cret");
  const { secret } = throttleContext(new ManualClock());
  const missing = create(options, new ManualClock(), () => secret({ env: "PROBE_TOKEN" }) as Promise<never>);
  await expect(missing).rejects.toSatisfy((error) => isRekeyError(error));
});

test("a disposed probe asks nobody any more, even if an answer was under way", async () => {
  const clock = new ManualClock();
  const throttle = await create({ threshold: 0.8 }, clock);
  const asked = Promise.withResolvers<void>();
  server.answer = () => asked.resolve();
  await clock.advance(5_000);
  await asked.promise;
  await throttle[Symbol.asyncDispose]();
  const count = server.asked.length;
  await clock.advance(60_000);
  expect(server.asked).toHaveLength(count);
});

test.each([
  [{ url: "ftp://x", threshold: 1 }, "http or https URL"],
  [{ url: "http://x", query: "up" }, "needs a threshold"],
  [{ url: "http://x", threshold: 1, query: "up", field: "a" }, "cannot be used together with query"],
  [{ url: "http://x", threshold: 1, resume_below: 2 }, "resume_below"],
  [{ url: "http://x", threshold: 2, critical: 1 }, "critical"],
  [{ url: "http://x", threshold: 1, on_failure: "ignore" }, "on_failure"],
  [{ url: "http://x", threshold: 1, token: { env: "Bearer abc" } }, "token"],
  [{ threshold: 1 }, "url"],
])("%j is refused", (options, problem) => {
  const issues = JSON.stringify(probeOptions.safeParse(options).error?.issues);
  expect(issues).toContain(problem);
  expect(issues).not.toContain("Bearer abc");
});
