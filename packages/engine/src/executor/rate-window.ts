/** Rows over time, for the rate of the last seconds and of the whole run. */
export class RateWindow {
  readonly #windowMs: number;
  readonly #marks: { atMs: number; total: number }[] = [];
  #total = 0;

  constructor(windowMs: number, nowMs: number) {
    this.#windowMs = windowMs;
    this.#marks.push({ atMs: nowMs, total: 0 });
  }

  add(rows: number): void {
    this.#total += rows;
  }

  get total(): number {
    return this.#total;
  }

  /** Rows a second over the window that ends at `nowMs`; to be called about once a second. */
  perSecond(nowMs: number): number {
    this.#marks.push({ atMs: nowMs, total: this.#total });
    while (this.#marks.length > 2 && this.#marks[1]!.atMs < nowMs - this.#windowMs) this.#marks.shift();
    const first = this.#marks[0]!;
    const elapsedMs = nowMs - first.atMs;
    return elapsedMs <= 0 ? 0 : ((this.#total - first.total) * 1000) / elapsedMs;
  }
}
