/** Writes leave so many times as fast as the rate, so that a page's are gone before those of the next one come. */
const AHEAD = 2;
/** Slower than this no writes leave, rows a second: a page must not grow old waiting. */
const LEAST_ROWS_PER_SECOND = 500;
/** Nor slower than what empties the queue within about this time, seconds. */
const EMPTIED_IN_SECONDS = 1;
/** So much lateness is made up for, milliseconds: timers and busy threads are late. */
const LATE_MS = 25;

/**
 * Spreads writes over the time that a rate of rows gives their page. All at once they would be a burst, in which whoever else
 * uses the cluster waits, however low the rate is.
 */
export class WritePace {
  #nextAtMs = 0;

  /** Milliseconds until the next write may go. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#nextAtMs - nowMs);
  }

  /** A write goes, of so many rows, before others of `waiting` rows in all. */
  goes(rows: number, waiting: number, rowsPerSecond: number, nowMs: number): void {
    const perSecond = Math.max(
      rowsPerSecond * AHEAD,
      LEAST_ROWS_PER_SECOND,
      (rows + waiting) / EMPTIED_IN_SECONDS,
    );
    this.#nextAtMs = Math.max(this.#nextAtMs, nowMs - LATE_MS) + (rows * 1000) / perSecond;
  }
}
