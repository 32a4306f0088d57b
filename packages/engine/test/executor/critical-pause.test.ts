import { isRekeyError, type RekeyEvent, type StateStore } from "@cassandra-rekey/core";
import { expect, test, vi } from "vitest";
import { CriticalPause } from "../../src/executor/critical-pause.ts";
import type { Governor } from "../../src/governor/governor.ts";
import { governed, throttleStub } from "../governor/throttle-stub.ts";
import { planned, stored } from "../simulated-job.ts";
import { openRun } from "../simulated-run.ts";
import { old } from "../simulated-world.ts";

const { signal } = new AbortController();
const REASON = "throttle-latency: read p99 900 ms > 500 ms";

function pauseOver(transition: StateStore["transition"], governor: Governor, learn = vi.fn()): CriticalPause {
  return new CriticalPause({
    store: { transition },
    job: stored(planned("j", [])),
    governor,
    watch: { learn },
  });
}

test("a critical reading pauses the job and says why, and a person resumes it", async () => {
  const throttle = throttleStub({});
  const events: RekeyEvent[] = [];
  const hook = {
    name: "listener",
    hook: { on: (event: RekeyEvent) => void events.push(event), async [Symbol.asyncDispose]() {} },
  };
  const world = await openRun({ throttles: [throttle], hooks: [hook], latencyMs: 200, chunks: 20 });
  for (let row = 0; row < 200; row += 1)
    world.table.insert([Buffer.from(`p${row}`), Buffer.from("c")], old({ email: "a", phone: "b" }));
  const running = world.start();
  await world.clock.advance(1_500);
  throttle.now = { pause: REASON };
  await world.clock.advance(5_000);
  expect((await world.store.job("j", signal))!.state).toBe("paused");
  const [worker] = await world.store.workers("j", signal);
  expect(worker!.waiting).toBe(`paused by ${REASON}`);
  await world.store.transition("j", ["paused"], "running", signal);
  // The throttle still says so, and the person knows better.
  expect(await world.clock.run(running)).toMatchObject({ outcome: "done" });
  const states = events.filter(({ type }) => type === "job.state");
  expect(states).toMatchObject([{ state: "paused", reason: REASON }, { state: "running" }]);
  expect(states[1]).not.toHaveProperty("reason");
});

test("a store that is away is asked again, and nothing is read meanwhile", async () => {
  const { clock, governor, left, leave } = governed([{ pause: REASON }]);
  const transition = vi.fn().mockRejectedValueOnce(new Error("away"));
  transition.mockResolvedValue({ applied: true, state: "paused" });
  const learn = vi.fn(() => expect(governor.pause).toBe(REASON));
  const pause = pauseOver(transition, governor, learn);
  void leave("page");
  await expect(pause.look(signal)).rejects.toSatisfy((error) => !isRekeyError(error));
  await clock.advance(1_000);
  expect(left).toEqual([]);
  expect(learn).not.toHaveBeenCalled();
  await pause.look(signal);
  expect(learn).toHaveBeenCalledWith("paused");
  expect(pause.reason).toBe(REASON);
  await pause.look(signal);
  expect(transition).toHaveBeenCalledTimes(2);
});

test("who did not pause it gives no reason", async () => {
  const { governor } = governed([{ pause: REASON }]);
  const transition = vi.fn().mockResolvedValue({ applied: false, state: "paused" });
  const pause = pauseOver(transition, governor);
  await pause.look(signal);
  expect(pause.reason).toBeUndefined();
});

test("a job that is paused while a throttle holds it reads nothing when the hold ends, until it is resumed", async () => {
  const throttle = throttleStub({ hold: "throttle-probe: busy" });
  const world = await openRun({ throttles: [throttle] });
  for (let row = 0; row < 50; row += 1)
    world.table.insert([Buffer.from(`p${row}`), Buffer.from("c")], old({ email: "a", phone: "b" }));
  const requests: string[] = [];
  world.cluster.onRequest(({ kind }) => requests.push(kind));
  const running = world.start();
  await world.clock.advance(3_000);
  await world.store.transition("j", ["running"], "paused", signal);
  await world.clock.advance(6_000);
  const [worker] = await world.store.workers("j", signal);
  expect(worker!.waiting).toBe("paused");
  throttle.now = {};
  await world.clock.advance(5_000);
  expect(requests).toEqual([]);
  await world.store.transition("j", ["paused"], "running", signal);
  expect(await world.clock.run(running)).toMatchObject({ outcome: "done", scanned: 50 });
});
