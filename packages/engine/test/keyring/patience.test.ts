import { ManualClock } from "@cassandra-rekey/testkit";
import { expect, test, vi } from "vitest";
import { Patience } from "../../src/keyring/patience.ts";

function waiting() {
  const clock = new ManualClock();
  const patience = new Patience(60_000, clock);
  const told: [name: string, atMs: number][] = [];
  const began = clock.monotonicMs();
  const begin = (name: string) => patience.begin(() => told.push([name, clock.monotonicMs() - began]));
  return { clock, told, begin, timers: vi.spyOn(clock, "timeout") };
}

test("each wait is told of once, after its own time, whichever began before it", async () => {
  const { clock, told, begin } = waiting();
  const end = begin("short");
  await clock.advance(10_000);
  begin("long");
  begin("as long");
  await clock.advance(5_000);
  end();
  begin("last");
  await clock.advance(300_000);
  expect(told).toEqual([
    ["long", 70_000],
    ["as long", 70_000],
    ["last", 75_000],
  ]);
});

test("what has ended is told of to nobody, and ends once", async () => {
  const { clock, told, begin } = waiting();
  const ends = ["a", "b", "c"].map(begin);
  await clock.advance(59_999);
  for (const end of [...ends, ...ends]) end();
  await clock.advance(300_000);
  expect(told).toEqual([]);
});

test("a timer is set for all waits of a minute, and none where nobody waits", async () => {
  const { clock, told, begin, timers } = waiting();
  for (let n = 0; n < 1_000; n += 1) begin("quick")();
  expect(timers).toHaveBeenCalledTimes(1);
  await clock.advance(300_000);
  expect(timers).toHaveBeenCalledTimes(1);
  begin("slow");
  await clock.advance(300_000);
  expect(timers).toHaveBeenCalledTimes(2);
  expect(told).toEqual([["slow", 360_000]]);
});
