import { expect, test } from "vitest";
import { SharedCalls } from "../src/shared-calls.ts";
import { NEVER } from "./cells.ts";

/** Calls that settle when told to. */
function calls() {
  const shared = new SharedCalls<string>();
  const started: (PromiseWithResolvers<string> & { readonly signal: AbortSignal })[] = [];
  const join = (id: string, signal = NEVER) =>
    shared.join(id, signal, (given) => {
      const call = { ...Promise.withResolvers<string>(), signal: given };
      started.push(call);
      return call.promise;
    });
  return { join, started };
}

test("calls for the same thing at the same time are one", async () => {
  const { join, started } = calls();
  const joined = [join("a"), join("a"), join("b")];
  expect(started).toHaveLength(2);
  started[0]!.resolve("A");
  started[1]!.resolve("B");
  expect(await Promise.all(joined)).toEqual(["A", "A", "B"]);
});

test("a failure reaches all who wait, and is not kept", async () => {
  const { join, started } = calls();
  const joined = [join("a"), join("a")];
  started[0]!.reject(new TypeError("down"));
  for (const result of await Promise.allSettled(joined)) expect(result.status).toBe("rejected");
  const again = join("a");
  started[1]!.resolve("up");
  expect(await again).toBe("up");
});

test("who leaves does not take the call from the others", async () => {
  const { join, started } = calls();
  const leaving = new AbortController();
  const left = join("a", leaving.signal);
  const stayed = join("a");
  leaving.abort(new DOMException("left", "AbortError"));
  await expect(left).rejects.toThrow("left");
  expect(started[0]!.signal.aborted).toBe(false);
  started[0]!.resolve("A");
  expect(await stayed).toBe("A");
});

test("the last who leaves aborts the call, and the next starts a new one", async () => {
  const { join, started } = calls();
  const leaving = new AbortController();
  const left = [join("a", leaving.signal), join("a", leaving.signal)];
  leaving.abort(new DOMException("left", "AbortError"));
  for (const result of await Promise.allSettled(left)) expect(result.status).toBe("rejected");
  expect(started[0]!.signal.aborted).toBe(true);
  const next = join("a");
  expect(started).toHaveLength(2);
  started[0]!.resolve("late");
  started[1]!.resolve("A");
  expect(await next).toBe("A");
});

test("an aborted signal starts nothing", async () => {
  const { join, started } = calls();
  await expect(join("a", AbortSignal.abort())).rejects.toThrow();
  expect(started).toEqual([]);
});
