import type { Clock, Sample } from "@cassandra-rekey/core";
import { SampleWindow } from "./sample-window.ts";
import { type Latencies, UnloadedLatency } from "./unloaded-latency.ts";

/** How a {@link GradientLimit} behaves. */
export interface GradientOptions {
  /** How many times its unloaded latency a request may take. */
  readonly tolerance: number;
  readonly min_in_flight: number;
  readonly max_in_flight: number;
}

/** What the limit was set from. */
export interface GradientReading {
  readonly inflation: number;
  readonly unloaded: Latencies;
}

/** How often the limit moves, milliseconds, and with how many samples at least. */
const STEP_MS = 1_000;
/** Until resistance is met for the first time it moves so often: an idle cluster is not kept waiting for seconds. */
const DOUBLING_STEP_MS = 250;
const STEP_SAMPLES = 10;
/** How long to wait for that many samples, milliseconds. */
const LONGEST_STEP_MS = 5_000;
/** How long a measurement of the unloaded cluster takes, and at most when there is too little to measure, milliseconds. */
const LISTEN_MS = 1_000;
const LONGEST_LISTEN_MS = 2_000;
const LISTEN_READS = 4;
const LISTEN_WRITES = 20;
/** It is repeated at every full minute of the wall clock: so processes with good clocks listen together. */
const LISTEN_EVERY_MS = 60_000;
/** The limit falls by no more than half in one step. */
const STEEPEST = 0.5;
/** A limit of which less than this part is used is not what holds back, and does not rise. */
const USED = 0.6;

/**
 * How many requests may be in flight, by how much longer they take than on a cluster that this job leaves alone. Once
 * a minute only a few are let through for a moment, to measure that. In between the limit moves by the gradient: what
 * it is, times tolerance over inflation, and a little more, so that free room is found again.
 */
export class GradientLimit {
  readonly #options: GradientOptions;
  readonly #clock: Pick<Clock, "monotonicMs" | "wallMs">;
  readonly #unloaded = new UnloadedLatency();
  #limit: number;
  #window: SampleWindow;
  #listening = true;
  #minute: number;
  /** Doubles until it meets resistance for the first time. */
  #doubling = true;
  #reading: GradientReading | undefined;

  constructor(options: GradientOptions, clock: Pick<Clock, "monotonicMs" | "wallMs">) {
    this.#options = options;
    this.#clock = clock;
    this.#limit = options.min_in_flight;
    this.#window = new SampleWindow(clock.monotonicMs());
    this.#minute = this.#minuteNow();
  }

  /** Requests in flight. */
  get inFlight(): number {
    return this.#listening ? this.#options.min_in_flight : Math.floor(this.#limit);
  }

  get isListening(): boolean {
    return this.#listening;
  }

  get reading(): GradientReading | undefined {
    return this.#reading;
  }

  /** Measures the unloaded cluster now. */
  listen(): void {
    this.#listening = true;
    this.#minute = this.#minuteNow();
    this.#window = new SampleWindow(this.#clock.monotonicMs());
  }

  observe(sample: Sample): void {
    const nowMs = this.#clock.monotonicMs();
    if (!this.#listening && this.#minuteNow() !== this.#minute) this.listen();
    if (this.#listening) this.#hear(sample, nowMs);
    else this.#step(sample, nowMs);
  }

  #hear(sample: Sample, nowMs: number): void {
    // What was sent before only a few were let through says nothing; what was sent since then does.
    if (nowMs - sample.latencyMs >= this.#window.startedAtMs) this.#window.add(sample);
    const enough = this.#window.count("read") >= LISTEN_READS && this.#window.count("write") >= LISTEN_WRITES;
    if (nowMs - this.#window.startedAtMs < (enough ? LISTEN_MS : LONGEST_LISTEN_MS)) return;
    this.#unloaded.add(this.#window.typical(3));
    this.#listening = !this.#unloaded.isKnown;
    this.#window = new SampleWindow(nowMs);
  }

  #step(sample: Sample, nowMs: number): void {
    const window = this.#window;
    window.add(sample);
    const elapsedMs = nowMs - window.startedAtMs;
    const stepMs = this.#doubling ? DOUBLING_STEP_MS : STEP_MS;
    if (elapsedMs < (window.hasAtLeast(STEP_SAMPLES) ? stepMs : LONGEST_STEP_MS)) return;
    this.#window = new SampleWindow(nowMs);
    const { latencies } = this.#unloaded;
    const inflation = window.inflation(latencies);
    if (inflation !== undefined) this.#reading = { inflation, unloaded: latencies };
    this.#move(window, inflation, nowMs);
  }

  #move(window: SampleWindow, inflation: number | undefined, nowMs: number): void {
    const { tolerance, min_in_flight, max_in_flight } = this.#options;
    if (window.overloaded) {
      this.#doubling = false;
      this.#limit = Math.max(min_in_flight, this.#limit / 2);
      return;
    }
    if (inflation === undefined) return;
    const gradient = Math.min(1, Math.max(STEEPEST, tolerance / inflation));
    if (gradient < 1) this.#doubling = false;
    const headroom = this.#doubling ? this.#limit : Math.max(1, Math.sqrt(this.#limit) / 2);
    const next = this.#limit * gradient + headroom;
    if (next > this.#limit && window.inFlight(nowMs) < this.#limit * USED) return;
    this.#limit = Math.min(max_in_flight, Math.max(min_in_flight, next));
  }

  #minuteNow(): number {
    return Math.floor(this.#clock.wallMs() / LISTEN_EVERY_MS);
  }
}
