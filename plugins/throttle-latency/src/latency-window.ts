import { build, type Histogram } from "hdr-histogram-js";

/** Sub-windows that make up the window; the oldest is forgotten as a whole. */
const PARTS = 5;

/** What takes longer counts as this, milliseconds. */
const LONGEST_MS = 3_600_000;

/**
 * Percentiles over the last seconds: a ring of HDR histograms (microseconds, three significant digits). The oldest
 * part goes as a whole, so what is looked back on is between four fifths of the window and all of it.
 */
export class LatencyWindow {
  readonly #partMs: number;
  readonly #parts: Histogram[] = Array.from({ length: PARTS }, () => newHistogram());
  readonly #sum = newHistogram();
  #startedAtMs: number;
  #current = 0;

  constructor(windowMs: number, nowMs: number) {
    this.#partMs = windowMs / PARTS;
    this.#startedAtMs = nowMs;
  }

  record(latencyMs: number, nowMs: number): void {
    this.#turn(nowMs);
    const micros = Math.round(Math.min(latencyMs, LONGEST_MS) * 1000);
    // One measurement that is no number would spoil the whole histogram.
    if (!Number.isNaN(micros)) this.#parts[this.#current]!.recordValue(Math.max(1, micros));
  }

  /** The percentile in milliseconds, or `undefined` when nothing was recorded within the window. */
  percentile(percent: number, nowMs: number): number | undefined {
    this.#turn(nowMs);
    const sum = this.#sum;
    sum.reset();
    for (const part of this.#parts) if (part.totalCount > 0) sum.add(part);
    return sum.totalCount === 0 ? undefined : sum.getValueAtPercentile(percent) / 1000;
  }

  /** Forgets everything. */
  clear(): void {
    for (const part of this.#parts) part.reset();
  }

  #turn(nowMs: number): void {
    const steps = Math.floor((nowMs - this.#startedAtMs) / this.#partMs);
    if (steps <= 0) return;
    for (let step = 0; step < Math.min(steps, PARTS); step += 1) {
      this.#current = (this.#current + 1) % PARTS;
      this.#parts[this.#current]!.reset();
    }
    this.#startedAtMs += steps * this.#partMs;
  }
}

function newHistogram(): Histogram {
  return build({
    bitBucketSize: 32,
    autoResize: true,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000,
    numberOfSignificantValueDigits: 3,
  });
}
