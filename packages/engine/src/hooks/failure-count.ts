/**
 * Counts failures that are told of in the log and nowhere else. Told are the first, the tenth, the hundredth, and so on: what
 * fails at each of a night's events must not fill the disk.
 */
export class FailureCount {
  #failures = 0;
  #told = 0;

  /** Counts one more; the number of all so far where it is to be told of. */
  next(): number | undefined {
    this.#failures += 1;
    if (this.#failures < this.#told * 10) return undefined;
    this.#told = this.#failures;
    return this.#failures;
  }

  /** How many there were, where the last of them was not told of. */
  get untold(): number | undefined {
    return this.#failures > this.#told ? this.#failures : undefined;
  }
}
