import { setImmediate as rest } from "node:timers/promises";
import { expect, test } from "vitest";
import { changeSignal } from "../src/change-signal.ts";

test("each iteration hears of changes after its start, quick ones once, and ends", async () => {
  const signal = changeSignal();
  const heard = [0, 0];
  const iterations = heard.map(async (_, index) => {
    for await (const _ of signal.changes) heard[index]! += 1;
  });
  await rest();
  signal.tell();
  signal.tell();
  await rest();
  expect(heard).toEqual([1, 1]);
  signal.tell();
  await rest();
  expect(heard).toEqual([2, 2]);
  signal.end();
  signal.end();
  await Promise.all(iterations);
});

test("a change while the last one is worked on is not lost", async () => {
  const signal = changeSignal();
  const iterator = signal.changes[Symbol.asyncIterator]();
  const first = iterator.next();
  await rest();
  signal.tell();
  await first;
  signal.tell();
  const second = iterator.next();
  expect(await Promise.race([second.then(() => "heard"), rest("lost")])).toBe("heard");
});
