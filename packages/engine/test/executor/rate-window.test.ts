import { describe, expect, it } from "vitest";
import { RateWindow } from "../../src/executor/rate-window.ts";

describe("RateWindow", () => {
  it("forgets what is older than the window", () => {
    const rate = new RateWindow(10_000, 0);
    for (let second = 1; second <= 20; second += 1) {
      rate.add(100);
      expect(rate.perSecond(second * 1_000)).toBeCloseTo(100, 5);
    }
    for (let second = 21; second <= 32; second += 1) rate.perSecond(second * 1_000);
    expect(rate.perSecond(33_000)).toBe(0);
    expect(rate.total).toBe(2_000);
  });

  it("has no rate before any time has gone by", () => {
    const rate = new RateWindow(10_000, 0);
    rate.add(100);
    expect(rate.perSecond(0)).toBe(0);
  });
});
