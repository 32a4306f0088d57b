/** Rows of a table's first page: nobody knows yet how large they are, and each worker reads one. */
const FIRST_ROWS = 8;
/** How long a table's largest rows are remembered: with each page a tenth less. */
const MEMORY = 0.9;
/** What a cell takes in memory besides its bytes, about: without it a page of 64 columns would be ten times its size. */
const CELL_BYTES = 500;
/** A page that is still this small after it ran out of time is kept. */
const FEWEST_ROWS = 8;

/**
 * How many rows the next page of a table asks for: at most the configured number, about `targetBytes` in memory, and
 * fewer after a page ran out of time before it was written.
 */
export class PageSize {
  readonly #most: number;
  readonly #targetBytes: number;
  /** What a row's cells take besides their bytes. */
  readonly #rowBytes: number;
  #rows: number;
  /** Bytes of a row where they are largest, by what was seen lately. */
  #heaviest = 0;
  #ceiling: number;

  /** @param cells - Of a row. */
  constructor(mostRows: number, targetBytes: number, cells = 0) {
    this.#most = mostRows;
    this.#targetBytes = targetBytes;
    this.#rowBytes = cells * CELL_BYTES;
    this.#rows = Math.min(mostRows, FIRST_ROWS);
    this.#ceiling = mostRows;
  }

  get rows(): number {
    return Math.max(1, Math.min(this.#rows, this.#ceiling));
  }

  /** Learns from a page that was read. */
  learn(rows: number, bytes: number): void {
    if (rows === 0) return;
    this.#heaviest = Math.max(1, bytes / rows + this.#rowBytes, this.#heaviest * MEMORY);
    const fitting = Math.floor(this.#targetBytes / this.#heaviest);
    // Rows differ in size: grow to no more than four times of what was seen in one page.
    const seen = Math.max(this.#rows, rows * 4);
    this.#rows = Math.max(1, Math.min(this.#most, fitting, seen));
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
