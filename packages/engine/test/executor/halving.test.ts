import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tryInHalves } from "../../src/executor/halving.ts";

const own = new Error("its own");
const limits = { isItemsOwn: (error: unknown) => error === own, most: 64 };

describe("halving", () => {
  it("finds exactly the items that fail, and everything else passes once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }), async (bad) => {
        const items = bad.map((isBad, index) => ({ index, isBad }));
        const passed: number[] = [];
        const { failed } = await tryInHalves(
          items,
          async (part) => {
            if (part.some((item) => item.isBad)) throw own;
            passed.push(...part.map((item) => item.index));
          },
          limits,
        );
        expect(failed.map(({ item }) => item.index)).toEqual(
          items.filter((i) => i.isBad).map((i) => i.index),
        );
        expect(passed).toEqual(items.filter((item) => !item.isBad).map((item) => item.index));
      }),
    );
  });

  it("takes about two tries for each halving", async () => {
    let tries = 0;
    const items = Array.from({ length: 1024 }, (_, index) => index);
    await tryInHalves(
      items,
      async (part) => {
        tries += 1;
        if (part.includes(700)) throw own;
      },
      limits,
    );
    expect(tries).toBeLessThanOrEqual(20);
  });

  it("ends with an error that is not an item's own, and with too many that fail", async () => {
    const outage = new Error("outage");
    const items = Array.from({ length: 10 }, (_, index) => index);
    const fails = (error: Error) => async () => {
      throw error;
    };
    await expect(tryInHalves(items, fails(outage), limits)).rejects.toBe(outage);
    await expect(tryInHalves(items, fails(own), { ...limits, most: 3 })).rejects.toBe(own);
  });
});
