import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EnvelopeCounters, type Unwrapped } from "../src/index.ts";
import { clear, NEVER, open, openKey, seal } from "./cells.ts";

/** The wrapped key and nonce of a cell, in an envelope without templates. */
function takenApart(cell: Uint8Array) {
  const length = (cell[12]! << 8) | cell[13]!;
  const hex = (from: number, to: number) => Buffer.from(cell.subarray(from, to)).toString("hex");
  return { wrapped: hex(14, 14 + length), nonce: hex(14 + length, 26 + length) };
}

describe("a data key for encryption", () => {
  test("serves a page of thousands of cells, and all pages after it", async () => {
    const observer = new EnvelopeCounters();
    const { key, wrapper } = openKey({ observer });
    for (let page = 0; page < 3; page += 1) await seal(key, 5000);
    expect(wrapper.generated).toBe(1);
    expect(observer).toMatchObject({ generateCalls: 1, unwrapCalls: 1, failedCalls: 0, servedCells: 14_999 });
  });

  test("encrypts so many cells, within a page and across pages, and then another does", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 6 }),
        async (cells, pages) => {
          const { key, wrapper } = openKey({ limits: { cells } });
          const uses = new Map<string, number>();
          const nonces = new Set<string>();
          for (const page of pages)
            for (const cell of await seal(key, page)) {
              const { wrapped, nonce } = takenApart(cell);
              uses.set(wrapped, (uses.get(wrapped) ?? 0) + 1);
              nonces.add(nonce);
            }
          const total = pages.reduce((sum, page) => sum + page, 0);
          expect(Math.max(0, ...uses.values())).toBe(Math.min(cells, total));
          expect(wrapper.generated).toBe(Math.ceil(total / cells));
          expect(nonces.size).toBe(total);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("encrypts so many bytes; a longer cell has one to itself", async () => {
    const { key, wrapper } = openKey({ limits: { bytes: 100 } });
    const ofLengths = async (...lengths: number[]) => {
      wrapper.calls.length = 0;
      await key.encrypt(
        lengths.map((length) => clear(new Uint8Array(length))),
        NEVER,
      );
      return wrapper.generated;
    };
    expect(await ofLengths(60, 40)).toBe(1);
    expect(await ofLengths(1)).toBe(1);
    expect(await ofLengths(99, 1)).toBe(1);
    expect(await ofLengths(500)).toBe(1);
    expect(await ofLengths(0, 60, 60, 500, 1)).toBe(4);
  });

  test("encrypts for so long", async () => {
    const { key, wrapper, clock } = openKey({ limits: { ageMs: 1000 } });
    await seal(key, 1);
    await clock.advance(999);
    await seal(key, 1);
    expect(wrapper.generated).toBe(1);
    await clock.advance(1);
    await seal(key, 1);
    expect(wrapper.generated).toBe(2);
  });

  test("is shared by batches that overlap: one call while none is at hand", async () => {
    const { key, wrapper } = openKey();
    await Promise.all(Array.from({ length: 8 }, () => seal(key, 100)));
    expect(wrapper.generated).toBe(1);
  });

  test("is never over its limit, however many batches want it at once", async () => {
    const { key } = openKey({ limits: { cells: 3 } });
    const cells = (await Promise.all(Array.from({ length: 8 }, () => seal(key, 5)))).flat();
    const uses = Map.groupBy(cells, (cell) => takenApart(cell).wrapped);
    for (const group of uses.values()) expect(group.length).toBeLessThanOrEqual(3);
    expect(await open(key, cells)).toHaveLength(40);
  });

  test("is not the next one's when its call failed", async () => {
    const { key, wrapper } = openKey();
    wrapper.before = async () => {
      throw new TypeError("down");
    };
    await expect(seal(key, 1)).rejects.toMatchObject({ code: "KEY.UNAVAILABLE" });
    wrapper.before = async () => {};
    expect(await open(key, await seal(key, 1))).toEqual(["cell 0"]);
    expect(wrapper.generated).toBe(2);
  });

  test("is used for no cell before it has come back from the service as it was made", async () => {
    const { key, wrapper } = openKey({ keyContext: { column: "{column}" } });
    const unwrap = wrapper.unwrap.bind(wrapper);
    const answers: (Unwrapped | undefined)[] = [
      { plaintext: new Uint8Array(32) },
      { refused: "not-authentic" },
    ];
    wrapper.unwrap = async (...call) => answers.shift() ?? unwrap(...call);
    await expect(seal(key, 1)).rejects.toMatchObject({ code: "KEY.UNAVAILABLE" });
    await expect(seal(key, 1)).rejects.toMatchObject({ code: "KEY.CONTRACT" });
    // Neither of the two was kept.
    expect(await open(key, await seal(key, 1))).toEqual(["cell 0"]);
    expect(wrapper.generated).toBe(3);
  });

  test("each key context has its own", async () => {
    const { key, wrapper } = openKey({ keyContext: { column: "{table}.{column}" } });
    const batch = ["email", "phone", "email", "phone"].map((column) => clear("x", { column }));
    const cells = await key.encrypt(batch, NEVER);
    expect(wrapper.generated).toBe(2);
    expect(await open(key, [cells[0]!, cells[2]!], { column: "email" })).toEqual(["x", "x"]);
    expect(await open(key, [cells[0]!], { column: "phone" })).toEqual(["<not-authentic>"]);
  });
});
