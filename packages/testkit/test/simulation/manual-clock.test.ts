import { describe, expect, it } from "vitest";
import { ManualClock } from "../../src/simulation/manual-clock.ts";

describe("ManualClock", () => {
  it("stands still until it is advanced", async () => {
    const clock = new ManualClock();
    const woken: string[] = [];
    void clock.sleep(20).then(() => woken.push("20"));
    void clock.sleep(10).then(() => woken.push("10"));
    void clock.sleep(10).then(() => woken.push("10 too"));
    await clock.advance(9);
    expect(woken).toEqual([]);
    await clock.advance(100);
    expect(woken).toEqual(["10", "10 too", "20"]);
    expect(clock.monotonicMs()).toBe(109);
  });

  it("jumps from timer to timer while a promise is waited for", async () => {
    const clock = new ManualClock();
    const work = async () => {
      await clock.sleep(3_600_000);
      await clock.sleep(1);
      return clock.monotonicMs();
    };
    expect(await clock.run(work())).toBe(3_600_001);
  });

  it("says when a promise can never settle", async () => {
    await expect(new ManualClock().run(new Promise(() => {}))).rejects.toThrow("no timer is set");
  });

  it("rejects a sleep with the signal's reason, also one that was aborted before", async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const asleep = expect(clock.sleep(10, controller.signal)).rejects.toBe("enough");
    controller.abort("enough");
    await asleep;
    await expect(clock.sleep(10, controller.signal)).rejects.toBe("enough");
  });

  it("aborts a timeout with a TimeoutError", async () => {
    const clock = new ManualClock();
    const signal = clock.timeout(10);
    await clock.advance(9);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.reason).toMatchObject({ name: "TimeoutError" });
  });

  it("sets the wall clock apart from the monotonic one", () => {
    const clock = new ManualClock();
    const before = clock.wallMs();
    clock.stepWall(-5_000);
    expect(clock.wallMs() - before).toBe(-5_000);
    expect(clock.monotonicMs()).toBe(0);
  });

  it("lets the monotonic clock and its own timers stand still while the host is suspended", async () => {
    const clock = new ManualClock();
    const other = new ManualClock(clock.time);
    const before = clock.wallMs();
    const woken: string[] = [];
    void clock.sleep(10).then(() => woken.push("own"));
    void other.sleep(10).then(() => woken.push("other's"));
    clock.suspend(60_000);
    expect(clock.wallMs() - before).toBe(60_000);
    expect(clock.monotonicMs()).toBe(0);
    await clock.advance(5);
    expect(woken).toEqual(["other's"]);
    await clock.advance(5);
    expect(woken).toEqual(["other's", "own"]);
  });
});
