import type { Hook, RekeyEvent } from "@cassandra-rekey/core";
import { ManualClock } from "@cassandra-rekey/testkit";
import { describe, expect, it, vi } from "vitest";
import { HookDispatcher } from "../../src/hooks/hook-dispatcher.ts";

const { signal } = new AbortController();
const start = { jobId: "j", kind: "rekey" } as const;
const event = (chunkId: number): RekeyEvent => ({
  type: "chunk.claimed",
  jobId: "j",
  table: "t",
  chunkId,
  attempt: 0,
});

function hook(on: Hook["on"], gate?: Hook["gate"]): Hook {
  return { on, ...(gate && { gate }), async [Symbol.asyncDispose]() {} };
}

function setUp(hooks: Readonly<Record<string, Hook>>, listener?: (event: RekeyEvent) => void) {
  const clock = new ManualClock();
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const named = Object.entries(hooks).map(([name, made]) => ({ name, hook: made }));
  const dispatcher = new HookDispatcher(named, logger, clock, listener);
  return { clock, logger, dispatcher, close: () => clock.run(dispatcher[Symbol.asyncDispose]()) };
}

describe("observers", () => {
  it("hear every event in order, before the run ends", async () => {
    const heard: RekeyEvent[] = [];
    const { clock, dispatcher, close } = setUp({
      slow: hook(async (told) => {
        await clock.sleep(10);
        heard.push(told);
      }),
    });
    for (let n = 0; n < 5; n += 1) dispatcher.emit(event(n));
    expect(heard).toEqual([]);
    await close();
    expect(heard).toEqual([0, 1, 2, 3, 4].map(event));
  });

  it("that throw, at once or later, are named in the log and hear what comes next", async () => {
    const heard = vi.fn();
    const { dispatcher, logger, close } = setUp({
      throwing: hook((told) => {
        heard(told);
        throw new Error("oops");
      }),
      rejecting: hook(() => Promise.reject(new Error("later"))),
    });
    dispatcher.emit(event(0));
    dispatcher.emit(event(1));
    await close();
    expect(heard).toHaveBeenCalledTimes(2);
    expect(logger.warn).toHaveBeenCalledWith(
      { hook: "throwing", event: "chunk.claimed", reason: "oops", failures: 1 },
      "a hook failed",
    );
    expect(logger.warn).toHaveBeenCalledWith(expect.objectContaining({ hook: "rejecting" }), "a hook failed");
  });

  it("that fail at every event do not fill the log, which tells how often", async () => {
    const failing = hook(() => Promise.reject(new TypeError("oops")));
    const listener = vi.fn(() => {
      throw new RangeError("no");
    });
    const { dispatcher, logger, close } = setUp({ failing }, listener);
    for (let n = 0; n < 250; n += 1) dispatcher.emit(event(n));
    await close();
    const told = (message: string) =>
      logger.warn.mock.calls.filter((call) => call[1] === message).map(([fields]) => fields.failures);
    expect(told("a hook failed")).toEqual([1, 10, 100]);
    expect(told("a hook failed again and again")).toEqual([250]);
    expect(told("the event listener failed")).toEqual([1, 10, 100]);
  });

  it("that hang neither hold up the others nor the end of the run", async () => {
    const heard = vi.fn();
    const { dispatcher, logger, close } = setUp({
      hanging: hook(() => new Promise(() => {})),
      other: hook(heard),
    });
    dispatcher.emit(event(0));
    dispatcher.emit(event(1));
    await close();
    expect(heard).toHaveBeenCalledTimes(2);
    expect(logger.warn).toHaveBeenCalledWith({ hook: "hanging", dropped: 2 }, expect.any(String));
  });

  it("that are flooded lose events, which are counted, and are told how many when they have room again", async () => {
    const heard = vi.fn();
    const other = vi.fn();
    const { dispatcher, logger, close } = setUp({ slow: hook(heard) }, other);
    for (let n = 0; n < 1_500; n += 1) dispatcher.emit(event(n));
    await close();
    expect(heard).toHaveBeenCalledTimes(1_001);
    const missed = { type: "hook.missed", jobId: "j", hook: "slow", events: 500 };
    expect(heard.mock.lastCall?.[0]).toEqual(missed);
    expect(other).toHaveBeenCalledWith(missed);
    expect(logger.warn).toHaveBeenCalledWith({ hook: "slow", dropped: 500 }, expect.any(String));
  });

  it("do not keep the end of a run waiting when all is heard", async () => {
    const { clock, dispatcher, logger, close } = setUp({ quick: hook(() => {}) });
    dispatcher.emit(event(0));
    await close();
    expect(clock.monotonicMs()).toBe(0);
    expect(logger.warn).not.toHaveBeenCalled();
  });
});

it("tells the caller's listener at once, whose failure is its own", async () => {
  const listener = vi.fn(() => {
    throw new Error("oops");
  });
  const { dispatcher, logger } = setUp({}, listener);
  dispatcher.emit(event(0));
  expect(listener).toHaveBeenCalledWith(event(0));
  expect(logger.warn).toHaveBeenCalledTimes(1);
});

describe("gates", () => {
  it("may veto a start, with their name and reason", async () => {
    const { dispatcher } = setUp({
      open: hook(
        () => {},
        async () => ({ allow: true }),
      ),
      without: hook(() => {}),
      closed: hook(
        () => {},
        async () => ({ allow: false, reason: "a deployment is running" }),
      ),
    });
    await expect(dispatcher.askGates(start, signal)).rejects.toMatchObject({
      code: "JOB.VETOED",
      message: "hook closed refused the start: a deployment is running",
    });
  });

  it("that all agree let the job start", async () => {
    const gate = vi.fn(async () => ({ allow: true }) as const);
    const { dispatcher } = setUp({ open: hook(() => {}, gate) });
    await dispatcher.askGates(start, signal);
    expect(gate).toHaveBeenCalledWith(start, expect.any(AbortSignal));
  });

  it.each([
    [undefined, "it gave no verdict"],
    [5, "it gave no verdict"],
    [{ allow: "yes" }, "it gave no verdict"],
    [{ allow: false }, "it gave no reason"],
    [{ allow: false, reason: "" }, "it gave no reason"],
  ])("that say %o have not let the job start", async (verdict, reason) => {
    const gate = (async () => verdict) as unknown as NonNullable<Hook["gate"]>;
    const { dispatcher } = setUp({ acme: hook(() => {}, gate) });
    await expect(dispatcher.askGates(start, signal)).rejects.toMatchObject({
      code: "JOB.VETOED",
      message: `hook acme refused the start: ${reason}`,
    });
  });

  it("that fail or do not answer veto the start, and the other hooks hear of it", async () => {
    const listener = vi.fn();
    const broken = setUp(
      {
        broken: hook(
          () => {},
          () => Promise.reject(new TypeError("secret")),
        ),
      },
      listener,
    );
    await expect(broken.dispatcher.askGates(start, signal)).rejects.toMatchObject({
      code: "JOB.VETOED",
      message: "hook broken refused the start: it could not answer (TypeError)",
    });
    expect(listener).toHaveBeenCalledWith(expect.objectContaining({ type: "job.vetoed", hook: "broken" }));
    const hanging = setUp({
      hanging: hook(
        () => {},
        () => new Promise(() => {}),
      ),
    });
    await expect(hanging.clock.run(hanging.dispatcher.askGates(start, signal))).rejects.toMatchObject({
      code: "JOB.VETOED",
      message: "hook hanging refused the start: it did not answer within 30 s",
    });
  });
});
