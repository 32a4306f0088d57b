import type { WorkerReport } from "@cassandra-rekey/core";

/** How many workers a job has: this process' own, and by their reports those of the others. */
export class Crew {
  #own: number;
  #others = 0;
  readonly #listeners = new Set<() => void>();

  constructor(own: number) {
    this.#own = own;
  }

  /** Workers that this process is to have now. */
  get own(): number {
    return this.#own;
  }

  /** Workers of all processes, as of the last reports. */
  get live(): number {
    return this.#own + this.#others;
  }

  /** Changes how many workers this process has. */
  resize(own: number): void {
    if (own === this.#own) return;
    this.#own = own;
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after each change until the result is disposed of. */
  onResize(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Takes note of what the other live processes last said. */
  hear(others: readonly WorkerReport[]): void {
    this.#others = others.reduce((sum, { workers = 1 }) => sum + workers, 0);
  }
}
