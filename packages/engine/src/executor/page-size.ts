/** A page that is still this small after it ran out of time is kept. */
const FEWEST_ROWS = 8;

/**
 * How many rows the next page of a table asks for: at most the configured number, about `targetBytes` in size, and
 * fewer after a page ran out of time before it was written.
 */
export class PageSize {
  readonly #most: number;
  readonly #targetBytes: number;
  #rows: number;
  #ceiling: number;

  constructor(mostRows: number, targetBytes: number) {
    this.#most = mostRows;
    this.#targetBytes = targetBytes;
    // The first page is small until it is known how large a row is.
    this.#rows = Math.min(mostRows, 200);
    this.#ceiling = mostRows;
  }

  get rows(): number {
    return Math.max(1, Math.min(this.#rows, this.#ceiling));
  }

  /** Learns from a page that was read. */
  learn(rows: number, bytes: number): void {
    if (rows === 0) return;
    const fitting = Math.floor(this.#targetBytes / Math.max(1, bytes / rows));
    // Rows differ in size: grow by no more than four times from what was seen.
    this.#rows = Math.max(1, Math.min(this.#most, fitting, this.#rows * 4));
  }

  /** A page was too old before all of it was written. */
  ranOutOfTime(rowsOfPage: number): void {
    this.#ceiling = Math.max(Math.min(FEWEST_ROWS, this.#most), Math.floor(rowsOfPage / 2));
  }

  /** A page was written in time: allow larger ones again, slowly. */
  inTime(): void {
    if (this.#ceiling < this.#most) this.#ceiling = Math.min(this.#most, Math.ceil(this.#ceiling * 1.1));
  }
}
