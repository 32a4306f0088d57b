import { expect, it } from "vitest";
import { HeldChunks } from "../../src/executor/held-chunks.ts";

it("tells how many chunks are held, and when the first lease runs out", () => {
  const held = new HeldChunks(60_000);
  expect(held.now).toBeUndefined();
  {
    using _one = held.hold({ leftMs: 40_000.4 });
    using _two = held.hold({ leftMs: 12_000 });
    expect(held.now).toEqual({ held: 2, soonestMs: 12_000, lengthMs: 60_000 });
    using _three = held.hold({ leftMs: -5 });
    expect(held.now?.soonestMs).toBe(0);
  }
  expect(held.now).toBeUndefined();
});

it("tells when the last of them is let go", () => {
  const held = new HeldChunks(60_000);
  const first = held.emptied;
  {
    using _one = held.hold({ leftMs: 1 });
    {
      using _two = held.hold({ leftMs: 1 });
    }
    expect(first.aborted).toBe(false);
  }
  expect(first.aborted).toBe(true);
  expect(held.emptied.aborted).toBe(false);
});
