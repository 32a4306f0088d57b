import type { Clock, Limit, Sample, Throttle } from "@cassandra-rekey/core";
import { LatencyWindow } from "./latency-window.ts";

/** How a {@link LatencyThrottle} behaves. */
export interface LatencyOptions {
  readonly threshold_ms: number;
  readonly pause: boolean;
  readonly window_seconds: number;
  readonly min_in_flight: number;
  readonly max_in_flight: number;
}

/** The limit moves at most this often, milliseconds: a change needs time to show. */
const STEP_MS = 1_000;
/** Weight of a new reading in the moving average, as in the Python tool. */
const EWMA_WEIGHT = 0.2;

/**
 * Halves the requests in flight while the windowed read p99 is above the threshold, and raises them by one while it
 * is below half of it. With `pause`, holds the job when the lowest limit does not help.
 */
export class LatencyThrottle implements Throttle {
  readonly #options: LatencyOptions;
  readonly #clock: Clock;
  readonly #window: LatencyWindow;
  #inFlight: number;
  #steppedAtMs: number;
  #p99: number | undefined;
  #ewma: number | undefined;
  #aboveSinceMs: number | undefined;
  #heldSinceMs: number | undefined;

  constructor(options: LatencyOptions, clock: Clock) {
    const nowMs = clock.monotonicMs();
    this.#options = options;
    this.#clock = clock;
    this.#window = new LatencyWindow(options.window_seconds * 1000, nowMs);
    this.#inFlight = options.max_in_flight;
    this.#steppedAtMs = nowMs;
  }

  limit(): Limit {
    const nowMs = this.#clock.monotonicMs();
    this.#endHold(nowMs);
    const reason = this.#reason(nowMs);
    if (this.#heldSinceMs !== undefined && reason !== undefined)
      return { inFlight: this.#inFlight, hold: reason, reason };
    if (this.#inFlight >= this.#options.max_in_flight) return {};
    return { inFlight: this.#inFlight, reason: reason ?? this.#recovering() };
  }

  observe(sample: Sample): void {
    if (sample.kind !== "read") return;
    const nowMs = this.#clock.monotonicMs();
    this.#window.record(sample.latencyMs, nowMs);
    if (nowMs - this.#steppedAtMs < STEP_MS) return;
    this.#steppedAtMs = nowMs;
    this.#step(nowMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #step(nowMs: number): void {
    const p99 = this.#window.percentile(99, nowMs);
    if (p99 === undefined) return;
    const { threshold_ms, min_in_flight, max_in_flight, pause } = this.#options;
    this.#p99 = p99;
    this.#ewma = this.#ewma === undefined ? p99 : EWMA_WEIGHT * p99 + (1 - EWMA_WEIGHT) * this.#ewma;
    if (p99 <= threshold_ms) this.#aboveSinceMs = undefined;
    if (p99 > threshold_ms) {
      this.#aboveSinceMs ??= nowMs;
      if (pause && this.#inFlight <= min_in_flight) this.#heldSinceMs ??= nowMs;
      this.#inFlight = Math.max(min_in_flight, Math.floor(this.#inFlight / 2));
    } else if (p99 < threshold_ms / 2) {
      this.#inFlight = Math.min(max_in_flight, this.#inFlight + 1);
    }
  }

  /** While the job is held nothing is read, so there is nothing to measure: after a window it may try again. */
  #endHold(nowMs: number): void {
    if (this.#heldSinceMs === undefined || nowMs - this.#heldSinceMs < this.#options.window_seconds * 1000)
      return;
    this.#heldSinceMs = undefined;
    this.#aboveSinceMs = undefined;
    this.#window.clear();
    this.#steppedAtMs = nowMs;
  }

  #reason(nowMs: number): string | undefined {
    if (this.#aboveSinceMs === undefined || this.#p99 === undefined) return undefined;
    const seconds = Math.round((nowMs - this.#aboveSinceMs) / 1000);
    return `throttle-latency: read p99 ${ms(this.#p99)} > ${ms(this.#options.threshold_ms)} for ${seconds} s (mean ${ms(this.#ewma!)})`;
  }

  #recovering(): string {
    return `throttle-latency: read p99 back to ${ms(this.#p99 ?? 0)}, raising from ${this.#inFlight} in flight`;
  }
}

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}
