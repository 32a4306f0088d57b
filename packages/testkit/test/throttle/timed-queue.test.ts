import fc from "fast-check";
import { expect, test } from "vitest";
import { TimedQueue } from "../../src/throttle/timed-queue.ts";

test("what is due comes out earliest first, equal times in order, and nothing before its time", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.nat(20), (times, until) => {
      const queue = new TimedQueue<number>();
      times.forEach((atMs, index) => {
        queue.add(atMs, index);
      });
      const taken: number[] = [];
      for (let next = queue.takeBefore(until); next; next = queue.takeBefore(until)) taken.push(next.item);
      const due = times.map((atMs, index) => ({ atMs, index })).filter(({ atMs }) => atMs < until);
      expect(taken).toEqual(due.toSorted((a, b) => a.atMs - b.atMs).map(({ index }) => index));
      expect(queue.size).toBe(times.length - due.length);
    }),
  );
});
