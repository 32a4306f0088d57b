import { getEventListeners } from "node:events";
import { setImmediate as rest } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { untilAborted } from "../src/until-aborted.ts";

test("without an abort the promise decides, and nothing stays on the signal", async () => {
  const { signal } = new AbortController();
  const defect = new Error("a defect");
  const result = untilAborted(Promise.resolve(5), signal);
  const failure = untilAborted(Promise.reject(defect), signal);
  await expect(failure).rejects.toBe(defect);
  expect(await result).toBe(5);
  await rest();
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("an abort ends the wait with its own reason, whatever that is, and the promise goes on", async () => {
  const stop = new AbortController();
  const under = Promise.withResolvers<string>();
  const waiting = untilAborted(under.promise, stop.signal);
  stop.abort("bare");
  await expect(waiting).rejects.toBe("bare");
  under.resolve("done");
  expect(await under.promise).toBe("done");
  expect(getEventListeners(stop.signal, "abort")).toEqual([]);
});

test("a signal that has aborted already is not waited for, nor for a promise that has settled", async () => {
  const stopped = AbortSignal.abort("long ago");
  await expect(untilAborted(new Promise(() => {}), stopped)).rejects.toBe("long ago");
  await expect(untilAborted(Promise.resolve(5), stopped)).rejects.toBe("long ago");
});

test("a failure that nobody waits for any more is nobody's unhandled rejection", async () => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  try {
    const stop = new AbortController();
    const under = Promise.withResolvers<never>();
    const waiting = untilAborted(under.promise, stop.signal);
    stop.abort("bare");
    await expect(waiting).rejects.toBe("bare");
    under.reject(new Error("too late"));
    await expect(untilAborted(Promise.reject(new Error("too late")), stop.signal)).rejects.toBe("bare");
    await rest();
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off("unhandledRejection", unhandled);
  }
});
