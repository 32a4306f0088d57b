import { ManualClock, MemoryStateStore, SeededRandom } from "@cassandra-rekey/testkit";
import { describe, expect, it, vi } from "vitest";
import { JobWatch } from "../../src/executor/job-watch.ts";
import { planned } from "../simulated-job.ts";

const { signal } = new AbortController();

async function open() {
  const clock = new ManualClock();
  const store = new MemoryStateStore(clock, new SeededRandom(1));
  await store.createJob(planned("j", []), signal);
  const asked = vi.fn();
  store.beforeCall = (call) => asked(call);
  return { clock, store, asked, watch: new JobWatch(store, "j", "planned", clock, signal) };
}

describe("JobWatch", () => {
  it("sees a change soon, without asking for each worker", async () => {
    const { clock, store, asked, watch } = await open();
    await store.transition("j", ["planned"], "paused", signal);
    asked.mockClear();
    expect(await watch.state()).toBe("planned");
    await clock.advance(400);
    expect(await Promise.all(Array.from({ length: 50 }, () => watch.state()))).toEqual(
      new Array(50).fill("paused"),
    );
    expect(watch.known).toBe("paused");
    expect(asked.mock.calls).toEqual([["job"]]);
  });

  it("aborts what was begun before a pause, and nothing that begins when the job goes on or is ended", async () => {
    const { clock, store, watch } = await open();
    const before = watch.pause;
    await store.transition("j", ["planned"], "paused", signal);
    await clock.advance(400);
    await watch.state();
    expect(before.aborted).toBe(true);
    expect(watch.pause).toBe(before);
    for (const state of ["running", "done"] as const) {
      watch.learn("paused");
      watch.learn(state);
      const { pause } = watch;
      expect(pause.aborted).toBe(false);
      watch.learn(state);
      expect(watch.pause).toBe(pause);
    }
    expect(new JobWatch(store, "j", "paused", clock, signal).pause.aborted).toBe(true);
  });

  it("does not ask for what it was told", async () => {
    const { clock, asked, watch } = await open();
    await clock.advance(400);
    watch.learn("paused");
    expect(await watch.state()).toBe("paused");
    expect(asked).not.toHaveBeenCalled();
  });

  it("believes what it was told since rather than an answer that was under way", async () => {
    const { clock, store, watch } = await open();
    const arrived = Promise.withResolvers<void>();
    const { job } = store;
    store.job = async (...args) => {
      const answer = await job.apply(store, args);
      await arrived.promise;
      return answer;
    };
    await clock.advance(400);
    const asking = watch.state();
    watch.learn("paused");
    const { pause } = watch;
    arrived.resolve();
    expect(await asking).toBe("paused");
    expect(watch.known).toBe("paused");
    expect(watch.pause).toBe(pause);
  });

  it("passes an outage on, and asks again afterwards", async () => {
    const { clock, asked, watch } = await open();
    await clock.advance(400);
    asked.mockImplementationOnce(() => {
      throw new Error("away");
    });
    await expect(watch.state()).rejects.toThrow("away");
    expect(await watch.state()).toBe("planned");
  });

  it("says that a job is gone", async () => {
    const { clock, store } = await open();
    const watch = new JobWatch(store, "other", "running", clock, signal);
    await clock.advance(400);
    await expect(watch.state()).rejects.toMatchObject({ code: "JOB.NOT_FOUND" });
  });
});
