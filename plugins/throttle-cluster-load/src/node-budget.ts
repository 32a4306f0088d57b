import { type Reading, readingText } from "./reading.ts";

/** Below this part of its threshold a reading lets go, so that a node at its threshold does not make it flap. */
const RELEASE = 0.8;
/** A reading this much below the one before it is on its way down. */
const FALLING = 0.98;

/**
 * How many requests one node may have in flight. Halved at each look that finds a reading above its threshold, unless
 * it is falling: what a node says decays for about a minute, and what is left of the past is no reason to go lower.
 * Doubled when all readings are well below, until there is no limit any more.
 */
export class NodeBudget {
  readonly #most: number;
  #allowed: number | undefined;
  #worst: { readonly text: string; readonly sinceMs: number } | undefined;
  #before = new Map<string, number>();

  /** `most`: the budget that a node starts from when it gets hot. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Requests in flight, or `undefined` for no limit. */
  get allowed(): number | undefined {
    return this.#allowed;
  }

  /** What the node says, and since when; `undefined` without a limit. */
  reason(nowMs: number): string | undefined {
    if (this.#allowed === undefined) return undefined;
    if (!this.#worst) return `calmer, ${this.#allowed} in flight there`;
    const seconds = Math.round((nowMs - this.#worst.sinceMs) / 1000);
    return `${this.#worst.text} for ${seconds} s, ${this.#allowed} in flight there`;
  }

  /** Takes what the node says now. */
  look(readings: readonly Reading[], nowMs: number): void {
    const hot = readings.filter(({ value, threshold }) => value > threshold);
    const [worst] = hot.toSorted((a, b) => b.value / b.threshold - a.value / a.threshold);
    const rising = hot.some(({ what, value }) => value >= (this.#before.get(what) ?? 0) * FALLING);
    this.#before = new Map(readings.map(({ what, value }) => [what, value]));
    if (worst) this.#heat(readingText(worst), rising, nowMs);
    else this.#cool(readings.every(({ value, threshold }) => value <= threshold * RELEASE));
  }

  /** The node did not tell: no sign of health. */
  silent(why: string, nowMs: number): void {
    this.#heat(why, true, nowMs);
  }

  #heat(text: string, rising: boolean, nowMs: number): void {
    this.#worst = { text, sinceMs: this.#worst?.sinceMs ?? nowMs };
    if (this.#allowed === undefined || rising)
      this.#allowed = Math.max(1, Math.floor((this.#allowed ?? this.#most) / 2));
  }

  #cool(well: boolean): void {
    this.#worst = undefined;
    if (this.#allowed === undefined || !well) return;
    const wider = this.#allowed * 2;
    this.#allowed = wider >= this.#most ? undefined : wider;
  }
}
