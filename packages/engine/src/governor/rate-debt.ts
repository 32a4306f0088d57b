/**
 * A rate limit that is paid afterwards: what was done makes a debt, and the next page waits until it is paid.
 * So a page of any size keeps the mean rate without being known in advance.
 */
export class RateDebt {
  #paidAtMs = Number.NEGATIVE_INFINITY;

  /** Counts `amount` done at `nowMs` under a limit of `perSecond`. */
  owe(amount: number, perSecond: number, nowMs: number): void {
    this.#paidAtMs = Math.max(this.#paidAtMs, nowMs) + (amount / perSecond) * 1000;
  }

  /** Milliseconds until the debt is paid. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#paidAtMs - nowMs);
  }
}
