/** So much lateness of a page is made up for by the next, milliseconds: timers and busy threads are late. */
const LATE_MS = 100;

/**
 * A rate limit that is paid afterwards: what was done makes a debt, and the next page waits until it is paid.
 * So a page of any size keeps the mean rate without being known in advance.
 */
export class RateDebt {
  #paidAtMs: number | undefined;

  /** Counts `amount` done at `nowMs` under a limit of `perSecond`. */
  owe(amount: number, perSecond: number, nowMs: number): void {
    const paidAtMs = this.#paidAtMs ?? nowMs;
    this.#paidAtMs = Math.max(paidAtMs, nowMs - LATE_MS) + (amount / perSecond) * 1000;
  }

  /** Milliseconds until the debt is paid. */
  waitMs(nowMs: number): number {
    return Math.max(0, (this.#paidAtMs ?? nowMs) - nowMs);
  }
}
