import type { Clock, Limit, Sample, Throttle } from "@cassandra-rekey/core";
import { LatencyWindow } from "./latency-window.ts";

/** How a {@link LatencyThrottle} behaves. */
export interface LatencyOptions {
  readonly threshold_ms: number;
  readonly pause: boolean;
  readonly critical_ms?: number | undefined;
  readonly window_seconds: number;
  readonly min_in_flight: number;
  readonly max_in_flight: number;
}

/** What the window said last, milliseconds. */
interface Reading {
  readonly p99Ms: number;
  /** The moving average of the p99. */
  readonly meanMs: number;
}

/** The limit moves at most this often, milliseconds: a change needs time to show. */
const STEP_MS = 1_000;
/** Weight of a new reading in the moving average, as in the Python tool. */
const EWMA_WEIGHT = 0.2;

/**
 * Halves the requests in flight while the windowed read p99 is above the threshold, and raises them by one while it
 * is below half of it. With `pause`, holds the job for a window when the lowest limit does not help.
 */
export class LatencyThrottle implements Throttle {
  readonly #options: LatencyOptions;
  readonly #windowMs: number;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #window: LatencyWindow;
  #thresholdMs: number;
  #inFlight: number;
  #steppedAtMs: number;
  #sampledAtMs: number;
  #reading: Reading | undefined;
  #aboveSinceMs: number | undefined;
  #heldSinceMs: number | undefined;

  constructor(options: LatencyOptions, clock: Pick<Clock, "monotonicMs">) {
    const nowMs = clock.monotonicMs();
    this.#options = options;
    this.#windowMs = options.window_seconds * 1000;
    this.#clock = clock;
    this.#window = new LatencyWindow(this.#windowMs, nowMs);
    this.#thresholdMs = options.threshold_ms;
    this.#inFlight = options.max_in_flight;
    this.#steppedAtMs = nowMs;
    this.#sampledAtMs = nowMs;
  }

  limit(): Limit {
    const nowMs = this.#clock.monotonicMs();
    this.#forgetWhatIsOver(nowMs);
    const pause = this.#pause();
    if (this.#inFlight >= this.#options.max_in_flight && this.#heldSinceMs === undefined) return pause;
    const reason = `throttle-latency: ${this.#reason(nowMs)}`;
    const hold = this.#heldSinceMs !== undefined && { hold: reason };
    return { inFlight: this.#inFlight, reason, ...hold, ...pause };
  }

  observe({ kind, latencyMs, error }: Sample): void {
    if (kind !== "read") return;
    // A request that failed at once says nothing of how long reads take.
    if (error !== undefined && latencyMs <= this.#thresholdMs) return;
    const nowMs = this.#clock.monotonicMs();
    this.#forgetWhatIsOver(nowMs);
    // What was under way when the hold began says nothing of what comes after it.
    if (this.#heldSinceMs !== undefined) return;
    this.#sampledAtMs = nowMs;
    this.#window.record(latencyMs, nowMs);
    if (nowMs - this.#steppedAtMs >= STEP_MS) this.#step(nowMs);
  }

  /** What was measured stays: the next step judges it by the new threshold. */
  tune({ thresholdMs }: { readonly thresholdMs?: number }): boolean {
    this.#thresholdMs = thresholdMs ?? this.#options.threshold_ms;
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #step(nowMs: number): void {
    const p99Ms = this.#window.percentile(99, nowMs);
    if (p99Ms === undefined) return;
    const meanMs = EWMA_WEIGHT * p99Ms + (1 - EWMA_WEIGHT) * (this.#reading?.meanMs ?? p99Ms);
    this.#reading = { p99Ms, meanMs };
    this.#steppedAtMs = nowMs;
    if (p99Ms > this.#thresholdMs) {
      this.#aboveSinceMs ??= nowMs;
      this.#giveWay(nowMs);
      return;
    }
    this.#aboveSinceMs = undefined;
    if (p99Ms < this.#thresholdMs / 2)
      this.#inFlight = Math.min(this.#options.max_in_flight, this.#inFlight + 1);
  }

  #giveWay(nowMs: number): void {
    const { pause, min_in_flight } = this.#options;
    if (this.#inFlight > min_in_flight) {
      this.#inFlight = Math.max(min_in_flight, Math.floor(this.#inFlight / 2));
      // What was measured under the old limit must not count against the new one.
      this.#window.clear();
    } else if (pause) {
      this.#heldSinceMs = nowMs;
    }
  }

  /** While the job is held, or has nothing to read, there is nothing to measure: after a window it may try again. */
  #forgetWhatIsOver(nowMs: number): void {
    if (nowMs - (this.#heldSinceMs ?? this.#sampledAtMs) < this.#windowMs) return;
    if (this.#heldSinceMs !== undefined) this.#steppedAtMs = nowMs;
    this.#heldSinceMs = undefined;
    this.#aboveSinceMs = undefined;
    this.#reading = undefined;
    this.#sampledAtMs = nowMs;
    this.#window.clear();
  }

  #pause(): Pick<Limit, "pause"> {
    const { critical_ms: critical = Number.POSITIVE_INFINITY } = this.#options;
    const p99Ms = this.#reading?.p99Ms ?? 0;
    return p99Ms > critical ? { pause: `throttle-latency: read p99 ${ms(p99Ms)} > ${ms(critical)}` } : {};
  }

  #reason(nowMs: number): string {
    const allowed = `${this.#inFlight} of ${this.#options.max_in_flight} in flight`;
    if (this.#reading === undefined) return `no read p99 yet, trying with ${allowed}`;
    const { p99Ms, meanMs } = this.#reading;
    if (this.#aboveSinceMs === undefined) return `read p99 back to ${ms(p99Ms)}, ${allowed}`;
    const seconds = Math.round((nowMs - this.#aboveSinceMs) / 1000);
    return `read p99 ${ms(p99Ms)} > ${ms(this.#thresholdMs)} for ${seconds} s (mean ${ms(meanMs)}), ${allowed}`;
  }
}

/** As exact as the histogram is: three digits. */
function ms(value: number): string {
  return `${Number(value.toPrecision(3))} ms`;
}
