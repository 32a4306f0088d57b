import { expect, test } from "vitest";
import { Governor } from "../../src/governor/governor.ts";
import { governed, throttleStub } from "./throttle-stub.ts";

const { signal } = new AbortController();

test("a change is obeyed as soon as the throttle tells of it", async () => {
  const { clock } = governed([]);
  const told: PromiseWithResolvers<void>[] = [Promise.withResolvers(), Promise.withResolvers()];
  const throttle = Object.assign(throttleStub({ hold: "why" }), {
    changes: (async function* () {
      for (const each of told) yield await each.promise;
    })(),
  });
  const governor = new Governor([throttle], 8, clock);
  const listening = governor.listen(signal);
  let gone = false;
  void governor.leave("page", signal).then(() => {
    gone = true;
  });
  throttle.now = {};
  await clock.time.idle();
  expect(gone).toBe(false);
  told[0]!.resolve();
  await clock.time.idle();
  expect(gone).toBe(true);
  told[1]!.resolve();
  await listening;
});

test("nobody waits for a throttle that never tells, nor for one that fails", async () => {
  const { clock } = governed([]);
  const silent = Object.assign(throttleStub({}), {
    changes: (async function* () {
      await new Promise(() => {});
      yield;
    })(),
  });
  const failing = Object.assign(throttleStub({}), {
    // biome-ignore lint/correctness/useYield: it fails before it yields.
    changes: (async function* (): AsyncGenerator<void> {
      throw new TypeError("broken");
    })(),
  });
  const controller = new AbortController();
  const listening = new Governor([silent, failing], 8, clock).listen(controller.signal);
  controller.abort();
  await listening;
});

test("a pause is asked for once, and keeps pages back until it is obeyed", async () => {
  const { clock, governor, throttles, left, leave } = governed([{ pause: "p99 900 ms > 500 ms" }]);
  expect(governor.pause).toBe("p99 900 ms > 500 ms");
  expect(governor.reason).toBe("p99 900 ms > 500 ms");
  void leave("page");
  void leave("write", "write");
  await clock.advance(500);
  expect(left).toEqual(["write"]);
  governor.pauseObeyed();
  expect(governor.pause).toBeUndefined();
  await clock.advance(200);
  // Whoever resumes the job knows what the throttle says.
  expect(left).toEqual(["write", "page"]);
  throttles[0]!.now = {};
  expect(governor.pause).toBeUndefined();
  throttles[0]!.now = { pause: "again" };
  expect(governor.pause).toBe("again");
});
