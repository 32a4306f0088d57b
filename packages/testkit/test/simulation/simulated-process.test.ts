import { describe, expect, it } from "vitest";
import { SimulatedProcess } from "../../src/simulation/simulated-process.ts";
import { VirtualTime } from "../../src/simulation/virtual-time.ts";

function open(aheadMs = 0) {
  const time = new VirtualTime();
  const process = new SimulatedProcess(time, aheadMs);
  const effects: string[] = [];
  const seen: string[] = [];
  const part = process.mortal({
    async call(name: string): Promise<void> {
      await time.wait(10);
      effects.push(name);
    },
  });
  const call = (name: string) => {
    void part.call(name).then(() => seen.push(name));
  };
  return { time, process, effects, seen, call };
}

describe("SimulatedProcess", () => {
  it("dies at a call that then never leaves, or whose answer it never sees", async () => {
    for (const [moment, effects] of [
      ["before", ["a"]],
      ["after", ["a", "b"]],
    ] as const) {
      const world = open();
      world.process.onCall = (call, at) => {
        if (call === 1 && at === moment) world.process.crash();
      };
      world.call("a");
      world.call("b");
      world.call("c");
      await world.time.advance(1_000);
      expect(world.effects.slice(0, 2)).toEqual(effects);
      expect(world.seen).toEqual(moment === "before" ? [] : ["a"]);
      expect(world.process.isDead).toBe(true);
    }
  });

  it("sets no timer off after its death", async () => {
    const { time, process, seen } = open();
    void process.clock.sleep(10).then(() => seen.push("slept"));
    const signal = process.clock.timeout(10);
    process.crash();
    void process.clock.sleep(10).then(() => seen.push("slept"));
    await time.advance(1_000);
    expect(seen).toEqual([]);
    expect(signal.aborted).toBe(false);
  });

  it.each([
    [false, ["a", "slept", "b"]],
    [true, ["b", "slept", "a"]],
  ])("holds answers and timers back while it is stopped (reverse: %s)", async (reverse, order) => {
    const { time, process, seen, effects, call } = open();
    call("a");
    void process.clock.sleep(11).then(() => seen.push("slept"));
    await time.advance(5);
    call("b");
    process.freeze(100, "stopped", reverse);
    await time.advance(99);
    expect(effects).toEqual(["a", "b"]);
    expect(seen).toEqual([]);
    await time.advance(1);
    expect(seen).toEqual(order);
    expect(process.clock.monotonicMs()).toBe(105);
  });

  it("stands still with its host: the wall clock goes on, the monotonic one and timers do not", async () => {
    const { time, process, seen } = open(5_000);
    const before = process.clock.wallMs();
    expect(before).toBe(time.utcMs + 5_000);
    void process.clock.sleep(10).then(() => seen.push("slept"));
    await time.advance(4);
    process.freeze(60_000, "suspended");
    await time.advance(60_000);
    expect(process.clock.wallMs() - before).toBe(60_004);
    expect(process.clock.monotonicMs()).toBe(4);
    await time.advance(5);
    expect(seen).toEqual([]);
    await time.advance(1);
    expect(seen).toEqual(["slept"]);
  });

  it("rejects a sleep with the signal's reason, and sets its wall clock", async () => {
    const { process } = open();
    const controller = new AbortController();
    const asleep = expect(process.clock.sleep(10, controller.signal)).rejects.toBe("enough");
    controller.abort("enough");
    await asleep;
    const before = process.clock.wallMs();
    process.stepWall(-700);
    expect(process.clock.wallMs() - before).toBe(-700);
  });
});
