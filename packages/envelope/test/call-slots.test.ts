import fc from "fast-check";
import { expect, test } from "vitest";
import { CallSlots } from "../src/call-slots.ts";
import { NEVER } from "./cells.ts";

test("never more at once than there are slots, and every call gets its turn", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 20 }),
      fc.scheduler(),
      async (size, count, s) => {
        const slots = new CallSlots(size);
        let running = 0;
        let most = 0;
        // Twice, because a slot that is given back wrongly shows only later.
        for (let round = 0; round < 2; round += 1) {
          const calls = Array.from({ length: count }, (_, index) =>
            slots.within(NEVER, async () => {
              running += 1;
              most = Math.max(most, running);
              await s.schedule(Promise.resolve(), `call ${index}`);
              running -= 1;
              if (index % 3 === 0) throw new TypeError("failed");
            }),
          );
          const settled = Promise.allSettled(calls);
          await s.waitFor(settled);
          expect(most).toBe(Math.min(size, count));
          expect((await settled).filter(({ status }) => status === "rejected")).toHaveLength(
            Math.ceil(count / 3),
          );
        }
      },
    ),
    { numRuns: 50 },
  );
});

test("who leaves the queue gives its turn to the next", async () => {
  const slots = new CallSlots(1);
  const first = Promise.withResolvers<void>();
  const leaving = new AbortController();
  const order: string[] = [];
  const running = slots.within(NEVER, () => first.promise);
  const left = slots.within(leaving.signal, async () => order.push("left"));
  const stayed = slots.within(NEVER, async () => order.push("stayed"));
  leaving.abort(new DOMException("left", "AbortError"));
  await expect(left).rejects.toThrow("left");
  first.resolve();
  await Promise.all([running, stayed]);
  expect(order).toEqual(["stayed"]);
});
