import { expect, test } from "vitest";
import { governed } from "./throttle-stub.ts";

/** Writes of 100 rows each, all at once. */
function writes(count: number, { leave }: ReturnType<typeof governed>) {
  for (let write = 1; write <= count; write += 1) void leave(String(write), "write", [], 100);
}

test("without a rate of rows a page's writes go all at once", async () => {
  const scene = governed([{ bytesPerSecond: 1 }]);
  writes(10, scene);
  await scene.clock.advance(0);
  expect(scene.left).toHaveLength(10);
});

test("under a rate they are spread over the time that it gives the page, and gone before it is over", async () => {
  const scene = governed([{ rowsPerSecond: 1_000 }]);
  writes(10, scene);
  const counts: number[] = [];
  for (let look = 1; look <= 10; look += 1) {
    await scene.clock.advance(100);
    counts.push(scene.left.length);
  }
  // Twice as fast as the rate: two writes each tenth of a second, and one for the lateness that is made up for.
  expect(counts.slice(0, 5)).toEqual([3, 5, 7, 9, 10]);
});

test("however low the rate is, a page does not grow old waiting", async () => {
  const scene = governed([{ rowsPerSecond: 1 }]);
  writes(10, scene);
  await scene.clock.advance(500);
  expect(scene.left.length).toBeLessThan(8);
  await scene.clock.advance(2_000);
  expect(scene.left).toHaveLength(10);
});

test("many writes that wait are sent sooner", async () => {
  const scene = governed([{ rowsPerSecond: 1 }], 1_000);
  writes(200, scene);
  await scene.clock.advance(6_000);
  expect(scene.left).toHaveLength(200);
});

test("pages do not wait for the pace of writes", async () => {
  const scene = governed([{ rowsPerSecond: 1_000 }]);
  writes(10, scene);
  void scene.leave("page");
  await scene.clock.advance(10);
  expect(scene.left).toContain("page");
  expect(scene.left.length).toBeLessThan(5);
});

test("what waits for the pace goes at once when the rate is lifted", async () => {
  const scene = governed([{ rowsPerSecond: 1_000 }]);
  writes(10, scene);
  await scene.clock.advance(10);
  scene.throttles[0]!.now = {};
  await scene.clock.advance(100);
  expect(scene.left).toHaveLength(10);
});

test("a throttle that fails is told to what waits for the pace", async () => {
  const scene = governed([{ rowsPerSecond: 1_000 }]);
  const leaves = Array.from({ length: 5 }, () => scene.leave("write", "write", [], 100));
  const ended = Promise.allSettled(leaves);
  scene.throttles[0]!.limit = () => {
    throw new RangeError("broken");
  };
  await scene.clock.advance(1_000);
  const states = (await ended).map(({ status }) => status);
  expect(states.slice(1)).toEqual(["rejected", "rejected", "rejected", "rejected"]);
});
