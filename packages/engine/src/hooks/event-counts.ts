import type { RekeyEvent, WorkerReport } from "@cassandra-rekey/core";

type Counts = NonNullable<WorkerReport["counts"]>;

/** Counts what a process tells the others of itself. */
export class EventCounts {
  #counts: Counts = { retries: 0, raced: 0, quarantined: 0 };

  get now(): Counts {
    return this.#counts;
  }

  hear(event: RekeyEvent): void {
    const { retries, raced, quarantined } = this.#counts;
    if (event.type === "retry") this.#counts = { ...this.#counts, retries: retries + 1 };
    if (event.type === "page.done") this.#counts = { ...this.#counts, raced: raced + event.raced };
    if (event.type === "quarantine")
      this.#counts = { ...this.#counts, quarantined: quarantined + event.entries.length };
  }
}
