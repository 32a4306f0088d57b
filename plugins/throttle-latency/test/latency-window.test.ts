import fc from "fast-check";
import { expect, test } from "vitest";
import { LatencyWindow } from "../src/latency-window.ts";

test("nothing recorded, no percentile", () => {
  expect(new LatencyWindow(10_000, 0).percentile(99, 5_000)).toBeUndefined();
});

test("the 99th percentile passes over one slow read in a hundred, not over two", () => {
  const window = new LatencyWindow(10_000, 0);
  for (let read = 0; read < 99; read += 1) window.record(10, read);
  window.record(500, 99);
  expect(window.percentile(99, 100)).toBeCloseTo(10, 1);
  window.record(500, 100);
  expect(window.percentile(99, 101)).toBeCloseTo(500, 0);
});

test("what is older than the window is forgotten, part by part", () => {
  const window = new LatencyWindow(10_000, 0);
  window.record(100, 500);
  window.record(20, 8_500);
  expect(window.percentile(99, 9_999)).toBeCloseTo(100, 0);
  expect(window.percentile(99, 10_000)).toBeCloseTo(20, 0);
  expect(window.percentile(99, 17_999)).toBeCloseTo(20, 0);
  expect(window.percentile(99, 18_000)).toBeUndefined();
});

test("a long silence forgets everything, and recording goes on", () => {
  const window = new LatencyWindow(10_000, 0);
  for (let at = 0; at < 10_000; at += 1000) window.record(100, at);
  expect(window.percentile(99, 1e9)).toBeUndefined();
  window.record(7, 1e9 + 1);
  expect(window.percentile(99, 1e9 + 2)).toBeCloseTo(7, 1);
});

test("clear forgets at once", () => {
  const window = new LatencyWindow(10_000, 0);
  window.record(100, 1);
  window.clear();
  expect(window.percentile(99, 2)).toBeUndefined();
});

test("measurements that cannot be are survived", () => {
  const window = new LatencyWindow(10_000, 0);
  window.record(Number.NaN, 0);
  expect(window.percentile(99, 0)).toBeUndefined();
  for (const latency of [-5, 0, Number.POSITIVE_INFINITY, 1e15]) window.record(latency, 0);
  window.record(3, 0);
  expect(window.percentile(50, 0)).toBeCloseTo(3, 1);
  expect(window.percentile(99, 0)).toBeGreaterThan(3_590_000);
});

test("it is the percentile of the samples within, to three digits", () => {
  const sample = fc.record({
    afterMs: fc.nat(700),
    latencyMs: fc.double({ min: 0.01, max: 20_000, noNaN: true }),
  });
  fc.assert(
    fc.property(
      fc.array(sample, { minLength: 1, maxLength: 400 }),
      fc.integer({ min: 1, max: 99 }),
      (samples, percent) => {
        const windowMs = 10_000;
        const window = new LatencyWindow(windowMs, 0);
        let nowMs = 0;
        const seen = samples.map(({ afterMs, latencyMs }) => {
          nowMs += afterMs;
          window.record(latencyMs, nowMs);
          return { atMs: nowMs, latencyMs };
        });
        const partMs = windowMs / 5;
        const fromMs = (Math.floor(nowMs / partMs) - 4) * partMs;
        const within = seen.filter(({ atMs }) => atMs >= fromMs).map(({ latencyMs }) => latencyMs);
        const exact = within.sort((a, b) => a - b)[
          Math.max(0, Math.ceil((percent / 100) * within.length) - 1)
        ]!;
        const found = window.percentile(percent, nowMs)!;
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * 0.002 + 0.001);
      },
    ),
  );
});
