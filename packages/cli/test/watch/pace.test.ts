import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estimateText } from "../../src/text/pace-text.ts";
import { Pace } from "../../src/watch/pace.ts";

/** A pace that gains so much of the whole every two seconds. */
function paced(gains: readonly number[]): Pace {
  const pace = new Pace();
  let fraction = 0;
  pace.mark(0, 0, 0);
  gains.forEach((gain, index) => {
    fraction += gain;
    pace.mark((index + 1) * 2_000, fraction, Math.round(fraction * 100_000));
  });
  return pace;
}

describe("a pace", () => {
  it("that is even has a rate, an end, and no spread", () => {
    const pace = paced(Array(50).fill(0.01));
    expect(pace.rowsPerSecond).toBeCloseTo(500);
    expect(pace.estimate?.ms).toBeCloseTo(100_000);
    expect(estimateText(pace.estimate!)).toBe("about 1 min 40 s");
  });

  it("that is uneven has a spread around its end", () => {
    const pace = paced(Array.from({ length: 60 }, (_, n) => (n % 20 < 10 ? 0.002 : 0.012)));
    const { ms, earliestMs, latestMs } = pace.estimate!;
    expect(earliestMs).toBeLessThan(ms * 0.95);
    expect(latestMs).toBeGreaterThan(ms * 1.05);
    expect(estimateText({ ms: 720_000, earliestMs: 600_000, latestMs: 900_000 })).toBe(
      "about 12 min (10 min to 15 min)",
    );
  });

  it("that is very uneven has no latest end", () => {
    const { latestMs } = paced([...Array(50).fill(0), ...Array(10).fill(0.02)]).estimate!;
    expect(latestMs).toBeUndefined();
    expect(estimateText({ ms: 720_000, earliestMs: 600_000, latestMs })).toBe(
      "about 12 min (10 min or more)",
    );
  });

  it("cannot be told at first, nor while nothing advances", () => {
    expect(new Pace().estimate).toBeUndefined();
    expect(new Pace().rowsPerSecond).toBeUndefined();
    expect(paced([0.1]).estimate).toBeUndefined();
    expect(paced(Array(30).fill(0)).estimate).toBeUndefined();
    expect(paced(Array(30).fill(0)).rowsPerSecond).toBe(0);
  });

  it("forgets what was before a later sweep, and what is long ago", () => {
    const pace = paced(Array(50).fill(0.02));
    pace.mark(102_000, 0.1, 10);
    expect(pace.estimate).toBeUndefined();
    const slower = paced([...Array(100).fill(0.004), ...Array(400).fill(0.001)]);
    expect(slower.estimate?.ms).toBeCloseTo(((1 - 0.8) / 0.001) * 2_000, -3);
  });

  it("ends within its spread, whatever it was", () => {
    const gains = fc.array(fc.double({ min: 0, max: 0.01, noNaN: true }), { minLength: 15, maxLength: 60 });
    fc.assert(
      fc.property(gains, (list) => {
        const { estimate } = paced(list);
        if (!estimate) return;
        expect(estimate.ms).toBeGreaterThan(0);
        expect(estimate.earliestMs).toBeLessThanOrEqual(estimate.ms + 1e-6);
        expect(estimate.latestMs ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(estimate.ms - 1e-6);
      }),
    );
  });
});
