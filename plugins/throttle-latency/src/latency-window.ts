import { build, type Histogram } from "hdr-histogram-js";

/** Sub-windows that make up the window; the oldest is forgotten as a whole. */
const PARTS = 5;

/** Percentiles over the last seconds: a ring of HDR histograms (microseconds, three significant digits). */
export class LatencyWindow {
  readonly #partMs: number;
  readonly #parts: Histogram[] = Array.from({ length: PARTS }, () => newHistogram());
  #startedAtMs: number;
  #current = 0;

  constructor(windowMs: number, nowMs: number) {
    this.#partMs = windowMs / PARTS;
    this.#startedAtMs = nowMs;
  }

  record(latencyMs: number, nowMs: number): void {
    this.#turn(nowMs);
    this.#parts[this.#current]!.recordValue(Math.max(1, Math.round(latencyMs * 1000)));
  }

  /** The percentile in milliseconds, or `undefined` when nothing was recorded within the window. */
  percentile(percent: number, nowMs: number): number | undefined {
    this.#turn(nowMs);
    const sum = newHistogram();
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
