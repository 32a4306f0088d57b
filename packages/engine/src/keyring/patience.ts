import type { Clock } from "@cassandra-rekey/core";

interface Waiting {
  readonly sinceMs: number;
  readonly tell: () => void;
}

/**
 * Tells of what is waited for longer than `ms`, once each. However many wait one after the other, one timer at most is
 * set: a key is asked thousands of times a minute, and hardly ever in vain.
 */
export class Patience {
  readonly #ms: number;
  readonly #clock: Clock;
  /** In the order in which they began. */
  readonly #waiting = new Set<Waiting>();
  #isTimed = false;

  constructor(ms: number, clock: Clock) {
    this.#ms = ms;
    this.#clock = clock;
  }

  /** To be called when a wait begins; what it returns, when it has ended. */
  begin(tell: () => void): () => void {
    const waiting = { sinceMs: this.#clock.monotonicMs(), tell };
    this.#waiting.add(waiting);
    if (!this.#isTimed) this.#lookAfter(this.#ms);
    return () => void this.#waiting.delete(waiting);
  }

  #lookAfter(ms: number): void {
    this.#isTimed = true;
    this.#clock.timeout(ms).addEventListener("abort", () => this.#look(), { once: true });
  }

  #look(): void {
    this.#isTimed = false;
    const nowMs = this.#clock.monotonicMs();
    for (const waiting of this.#waiting) {
      const leftMs = waiting.sinceMs + this.#ms - nowMs;
      if (leftMs > 0) {
        this.#lookAfter(leftMs);
        return;
      }
      this.#waiting.delete(waiting);
      waiting.tell();
    }
  }
}
