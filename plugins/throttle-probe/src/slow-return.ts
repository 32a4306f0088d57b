import type { Sample } from "@cassandra-rekey/core";

/** Part of its rate that a job comes back with. */
const BACK_WITH = 0.5;
/** Looks until it has the rate again that was too much. */
const LOOKS_TO_RATE = 6;
/** What is too much at this part of the highest that was too much so far is not too much because of the job. */
const LEAST = 0.05;
/** So far beyond the rate that was too much, something else is what limits the job. */
const FORGOTTEN_AT = 2;

/** What a look found: the job may go on, or it is held, because there is too much load or for another reason. */
export type Found = "free" | "too much" | "held";

/**
 * How fast a job may go after it was held: at full speed it would only be held again. It comes back with half of the rate
 * that was too much, quickly at first, then slowly near that rate, and beyond it faster and faster, as TCP's CUBIC does
 * (RFC 9438): so it stays for most of the time a little below what the cluster can bear.
 */
export class SlowReturn {
  #rows = 0;
  #sinceMs: number;
  /** The highest rate that was too much, rows a second. */
  #best = 0;
  #tooMuch: number | undefined;
  /** Looks at which the job went on, since it came back. */
  #looks = 0;
  #wentOn = true;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** Rows that the job may read a second; `undefined`: as many as it can. */
  get rowsPerSecond(): number | undefined {
    if (this.#tooMuch === undefined) return undefined;
    const fromRate = (this.#looks - LOOKS_TO_RATE) / LOOKS_TO_RATE;
    return this.#tooMuch * (1 + (1 - BACK_WITH) * fromRate ** 3);
  }

  /** Counts what the job reads. */
  observe(sample: Sample): void {
    if (sample.kind === "read") this.#rows += sample.rows;
  }

  /** Told of each look. A job that read nothing while it went on was not what was too much. */
  look(found: Found, nowMs: number): void {
    const rate = this.#rate(nowMs);
    if (this.#wentOn && found === "too much" && rate > 0) {
      this.#best = Math.max(this.#best, rate);
      this.#tooMuch = Math.max(rate, this.#best * LEAST);
      this.#looks = 0;
    } else if (this.#wentOn && found === "free" && this.#tooMuch !== undefined) {
      this.#looks += 1;
      if (this.rowsPerSecond! >= this.#tooMuch * FORGOTTEN_AT) this.#tooMuch = undefined;
    }
    this.#wentOn = found === "free";
  }

  /** Rows a second since this was asked last. */
  #rate(nowMs: number): number {
    const seconds = (nowMs - this.#sinceMs) / 1000;
    const rate = seconds > 0 ? this.#rows / seconds : 0;
    this.#sinceMs = nowMs;
    this.#rows = 0;
    return rate;
  }
}
