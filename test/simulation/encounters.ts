/** What a suite of scenarios has to meet at least once, or it proves less than it says. */
export const ENCOUNTERS = [
  "write between our read and our write",
  "young cell left for the later visit",
  "tie at one timestamp",
  "takeover of a chunk",
  "crash between write and checkpoint",
  "freeze",
  "page dropped for its age",
  "expiry during the job",
  "expiring cell rewritten",
  "expiry between our read and our write",
  "part of a column rewritten",
  "column written as a whole",
  "static cell rewritten",
  "static cell of a partition without rows rewritten",
  "purged tombstone",
  "truncation",
  "unknown outcome of a write",
  "unknown outcome of a store call",
  "application write of unknown outcome",
  "transaction of ours that lost",
  "transaction of ours of unknown outcome",
  "transaction of the application that lost",
  "contention between transactions",
  "transaction finished by a later one",
  "hint delivered",
  "read repair",
  "quarantined cell",
  "process that gave up and was started again",
  "read by the application",
] as const;

/** One of {@link ENCOUNTERS}. */
export type Encounter = (typeof ENCOUNTERS)[number];

/** Counts what scenarios meet. */
export class Encounters {
  readonly #counts = new Map<Encounter, number>(ENCOUNTERS.map((name) => [name, 0]));

  meet(name: Encounter, times = 1): void {
    this.#counts.set(name, this.#counts.get(name)! + times);
  }

  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  /** What was never met. */
  get missing(): readonly Encounter[] {
    return ENCOUNTERS.filter((name) => this.#counts.get(name) === 0);
  }
}
