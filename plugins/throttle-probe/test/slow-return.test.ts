import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Found, SlowReturn } from "../src/slow-return.ts";

const LOOK_MS = 5_000;

/** A job that reads as fast as it may, beside a cluster that bears so many rows a second. */
class Job {
  readonly fullSpeed: number;
  bears: number;
  readonly slow = new SlowReturn(0);
  #nowMs = 0;
  #found: Found = "free";

  constructor(fullSpeed: number, bears: number) {
    this.fullSpeed = fullSpeed;
    this.bears = bears;
  }

  /** Rows a second until the next look, and what that found. */
  look(): { rate: number; found: Found } {
    const rate =
      this.#found === "free" ? Math.min(this.fullSpeed, this.slow.rowsPerSecond ?? this.fullSpeed) : 0;
    const rows = (rate * LOOK_MS) / 1000;
    this.slow.observe({ kind: "read", rows, bytes: 0, latencyMs: 1 });
    this.slow.observe({ kind: "write", rows, bytes: 0, latencyMs: 1 });
    this.#found = rate > this.bears ? "too much" : "free";
    this.#nowMs += LOOK_MS;
    this.slow.look(this.#found, this.#nowMs);
    return { rate, found: this.#found };
  }

  looks(count: number) {
    return Array.from({ length: count }, () => this.look());
  }
}

test("a job that was too fast comes back with half of its rate, and nears it ever more slowly", () => {
  const job = new Job(8_000, 4_000);
  expect(job.look()).toEqual({ rate: 8_000, found: "too much" });
  const [held, ...back] = job.looks(8).map(({ rate }) => Math.round(rate));
  expect(held).toBe(0);
  expect(back[0]).toBe(4_000);
  expect(back[1]).toBe(5_685);
});

test("what was too much once is forgotten when the cluster bears it", () => {
  const job = new Job(8_000, 4_000);
  job.look();
  job.bears = 100_000;
  const rates = job.looks(20).map(({ rate }) => rate);
  const steps = rates.slice(1, 8).map((rate, index) => rate - rates[index + 1]!);
  expect(steps.every((step) => step <= 0)).toBe(true);
  expect(rates.at(-1)).toBe(8_000);
  expect(job.slow.rowsPerSecond).toBeUndefined();
});

test.each<Found>(["held", "free"])("a job that is %s for another reason keeps its rate", (found) => {
  const slow = new SlowReturn(0);
  slow.observe({ kind: "read", rows: 100, bytes: 0, latencyMs: 1 });
  slow.look(found, LOOK_MS);
  expect(slow.rowsPerSecond).toBeUndefined();
});

test("a job that read nothing, or was held already, was not what was too much", () => {
  const slow = new SlowReturn(0);
  slow.look("too much", LOOK_MS);
  expect(slow.rowsPerSecond).toBeUndefined();
  slow.observe({ kind: "read", rows: 3, bytes: 0, latencyMs: 1 });
  slow.look("too much", 2 * LOOK_MS);
  slow.look("free", 3 * LOOK_MS);
  expect(slow.rowsPerSecond).toBeUndefined();
});

describe("on any cluster", () => {
  const speeds = fc.record({
    fullSpeed: fc.integer({ min: 100, max: 100_000 }),
    part: fc.double({ min: 0.1, max: 0.95, noNaN: true }),
  });

  test("it uses most of what the cluster bears, and seldom more", () => {
    fc.assert(
      fc.property(speeds, ({ fullSpeed, part }) => {
        const job = new Job(fullSpeed, fullSpeed * part);
        job.looks(30);
        const looks = job.looks(200);
        const mean = looks.reduce((sum, { rate }) => sum + rate, 0) / looks.length;
        expect(mean / job.bears).toBeGreaterThan(0.65);
        expect(looks.filter(({ found }) => found === "too much").length).toBeLessThan(40);
        expect(Math.max(...looks.map(({ rate }) => rate)) / job.bears).toBeLessThan(1.6);
      }),
    );
  });

  test("load that is not its own does not starve it", () => {
    fc.assert(
      fc.property(
        speeds,
        fc.array(fc.boolean(), { minLength: 300, maxLength: 300 }),
        ({ fullSpeed }, others) => {
          const job = new Job(fullSpeed, fullSpeed);
          for (const isBusy of others) {
            job.bears = isBusy ? 0 : Number.POSITIVE_INFINITY;
            job.look();
            expect(job.slow.rowsPerSecond ?? fullSpeed).toBeGreaterThanOrEqual(fullSpeed * 0.025);
          }
        },
      ),
    );
  });
});
