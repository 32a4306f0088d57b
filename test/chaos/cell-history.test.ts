import { describe, expect, it } from "vitest";
import { CellHistory } from "./cell-history.ts";

const at = (ms: number) => ({ fromMs: ms, toMs: ms });
const NOW = at(0);

describe("the history of a cell", () => {
  it("knows what was acknowledged last, and calls an older value lost", () => {
    const cell = new CellHistory({ text: "first" });
    expect(cell.judge("first", NOW)).toBeUndefined();
    cell.wrote({ text: "second" }, "acknowledged");
    expect(cell.judge("second", NOW)).toBeUndefined();
    expect(cell.judge("first", NOW)).toBe("lost");
    expect(cell.judge(undefined, NOW)).toBe("lost");
  });

  it("calls what comes back after a delete resurrected", () => {
    const cell = new CellHistory({ text: "first" });
    cell.wrote({ text: undefined }, "acknowledged");
    expect(cell.judge(undefined, NOW)).toBeUndefined();
    expect(cell.judge("first", NOW)).toBe("resurrected");
  });

  it("calls what was never written here a wrong value", () => {
    for (const text of ["first", undefined])
      expect(new CellHistory({ text }).judge("another cell's", NOW)).toBe("wrong value");
  });

  it("takes any outcome of writes that are in doubt, until a later one is acknowledged", () => {
    const cell = new CellHistory({ text: "first" });
    cell.wrote({ text: "second" }, "unknown");
    cell.wrote({ text: undefined }, "unknown");
    expect(cell.expected).toBe("first or second or nothing");
    for (const found of ["first", "second", undefined]) expect(cell.judge(found, NOW)).toBeUndefined();
    cell.wrote({ text: "third" }, "acknowledged");
    for (const found of ["first", "second", undefined]) expect(cell.judge(found, NOW)).toBe("lost");
  });

  it("knows when a cell must be there, may be there and must be gone by its expiry", () => {
    const cell = new CellHistory({ text: undefined });
    cell.wrote({ text: "mortal", expiry: { earliestMs: 100, latestMs: 200 } }, "acknowledged");
    expect(cell.judge(undefined, at(99))).toBe("lost");
    for (const found of ["mortal", undefined]) expect(cell.judge(found, at(150))).toBeUndefined();
    expect(cell.judge("mortal", at(201))).toBe("resurrected");
    expect(cell.judge(undefined, at(201))).toBeUndefined();
    // What it shows may be as old as its beginning, what is gone as new as its end.
    expect(cell.judge("mortal", { fromMs: 150, toMs: 250 })).toBeUndefined();
    expect(cell.judge(undefined, { fromMs: 50, toMs: 150 })).toBeUndefined();
  });
});
