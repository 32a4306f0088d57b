import { describe, expect, it } from "vitest";
import { SettleTime } from "../../src/writer/settle-time.ts";

describe("SettleTime", () => {
  const at = (serverMs: number) => ({ wallMs: 1_000_000, monotonicMs: 0, serverMs });

  it("is what is configured while clocks agree", () => {
    const settle = new SettleTime(10_000);
    expect(settle.ms).toBe(10_000);
    expect(settle.measure(at(1_000_000))).toBe(10_000);
  });

  it("grows by the clock difference, whichever clock is ahead", () => {
    const settle = new SettleTime(10_000);
    expect(settle.measure(at(1_003_000))).toBe(13_000);
    expect(settle.measure(at(998_000.4))).toBe(12_000);
    expect(settle.ms).toBe(12_000);
  });

  it("does not take the doubt of a page that was answered late for a difference of clocks", () => {
    const settle = new SettleTime(10_000);
    expect(settle.measure({ ...at(975_000), doubtMs: 25_000 })).toBe(10_000);
    expect(settle.measure({ ...at(973_500), doubtMs: 25_000 })).toBe(11_500);
  });

  it("goes back when the clocks agree again", () => {
    const settle = new SettleTime(10_000);
    settle.measure(at(5_000_000));
    settle.measure(at(1_000_000));
    expect(settle.ms).toBe(10_000);
  });
});
