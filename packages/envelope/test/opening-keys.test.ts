import { describe, expect, test } from "vitest";
import { EnvelopeCounters } from "../src/index.ts";
import { open, openKey, seal } from "./cells.ts";

/** `count` cells, each under a data key of its own, and a key that has not met them yet. */
async function underKeys(count: number, limits: Parameters<typeof openKey>[0] = {}) {
  const writer = openKey({ limits: { cells: 1 } });
  const cells = await seal(writer.key, count);
  writer.wrapper.calls.length = 0;
  return { cells, ...openKey({ ...limits, wrapper: writer.wrapper }) };
}

describe("a data key for decryption", () => {
  test("is unwrapped once for all cells under it, in one page and in the next", async () => {
    const writer = openKey();
    const cells = await seal(writer.key, 3000);
    writer.wrapper.calls.length = 0;
    const observer = new EnvelopeCounters();
    const { key, wrapper } = openKey({ wrapper: writer.wrapper, observer });
    expect(await open(key, cells.slice(0, 2000))).toEqual(
      Array.from({ length: 2000 }, (_, at) => `cell ${at}`),
    );
    await open(key, cells.slice(2000));
    expect(wrapper.unwrapped).toBe(1);
    expect(observer).toMatchObject({ unwrapCalls: 1, servedCells: 2999 });
  });

  test("is kept until others were used after it", async () => {
    const { cells, key, wrapper } = await underKeys(4, { limits: { openKeys: 2 } });
    const [a, b, c] = cells;
    const unwrapsOf = async (...some: Uint8Array[]) => {
      wrapper.calls.length = 0;
      for (const cell of some) await open(key, [cell]);
      return wrapper.unwrapped;
    };
    expect(await unwrapsOf(a!, b!)).toBe(2);
    expect(await unwrapsOf(a!, b!, a!)).toBe(0);
    expect(await unwrapsOf(c!), "b is the least recently used").toBe(1);
    expect(await unwrapsOf(a!, c!)).toBe(0);
    expect(await unwrapsOf(b!)).toBe(1);
  });

  test("a page of more keys than are kept still opens", async () => {
    const { cells, key, wrapper } = await underKeys(50, { limits: { openKeys: 3 } });
    expect(await open(key, [...cells, ...cells])).toHaveLength(100);
    expect(wrapper.unwrapped).toBe(50);
  });

  test("is kept for so long, however often it is used", async () => {
    const { cells, key, wrapper, clock } = await underKeys(1, { limits: { openAgeMs: 1000 } });
    await open(key, cells);
    await clock.advance(600);
    await open(key, cells);
    await clock.advance(399);
    await open(key, cells);
    expect(wrapper.unwrapped).toBe(1);
    await clock.advance(1);
    await open(key, cells);
    expect(wrapper.unwrapped).toBe(2);
  });

  test("batches that overlap make one call", async () => {
    const { cells, key, wrapper } = await underKeys(3);
    const opened = await Promise.all(Array.from({ length: 8 }, () => open(key, cells)));
    expect(opened).toEqual(Array(8).fill(["cell 0", "cell 1", "cell 2"]));
    expect(wrapper.unwrapped).toBe(3);
  });

  test("a refusal is the answer for each of its cells, costs one call a batch, and is not kept", async () => {
    const writer = openKey();
    const cells = await seal(writer.key, 100);
    writer.wrapper.calls.length = 0;
    const { key, wrapper } = openKey({ wrapper: writer.wrapper });
    const unwrap = wrapper.unwrap.bind(wrapper);
    wrapper.unwrap = async (...call) => {
      const opened = await unwrap(...call);
      return "plaintext" in opened ? { refused: "not-authentic" } : opened;
    };
    expect(new Set(await open(key, cells))).toEqual(new Set(["<not-authentic>"]));
    expect(wrapper.unwrapped).toBe(1);
    wrapper.unwrap = unwrap;
    expect(await open(key, cells.slice(0, 1))).toEqual(["cell 0"]);
  });

  test("one that does not unwrap does no harm to the others", async () => {
    const { cells, key } = await underKeys(3);
    const tampered = cells[1]!.with(20, cells[1]![20]! ^ 1);
    expect(await open(key, [cells[0]!, tampered, cells[2]!])).toEqual([
      "cell 0",
      "<not-authentic>",
      "cell 2",
    ]);
  });

  test("one that was made for encryption and proven is at hand: reading back asks no more", async () => {
    const { key, wrapper } = openKey();
    await open(key, await seal(key, 10));
    expect(wrapper.calls).toEqual(["generate", "unwrap"]);
  });
});
