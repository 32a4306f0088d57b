import type { WorkerReport } from "@cassandra-rekey/core";

/** How many workers a job has: this process' own, and by their reports those of the others. */
export class Crew {
  readonly own: number;
  #others = 0;

  constructor(own: number) {
    this.own = own;
  }

  /** Workers of all processes, as of the last reports. */
  get live(): number {
    return this.own + this.#others;
  }

  /** Takes note of what the other live processes last said. */
  hear(others: readonly WorkerReport[]): void {
    this.#others = others.reduce((sum, { workers = 1 }) => sum + workers, 0);
  }
}
