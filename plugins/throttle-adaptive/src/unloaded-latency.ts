import type { Sample } from "@cassandra-rekey/core";

export type Kind = Sample["kind"];

/** One typical latency for each kind of request, milliseconds. */
export type Latencies = Readonly<Partial<Record<Kind, number>>>;

/** How many measurements are remembered: at one a minute, what was true ten minutes ago is forgotten. */
const REMEMBERED = 10;

/**
 * The latency of a cluster that this job leaves alone: the mean of the lower half of the last measurements. The upper half
 * may have been taken while others were busy, and the lowest alone would be luck.
 */
export class UnloadedLatency {
  readonly #measured: Latencies[] = [];

  get isKnown(): boolean {
    return this.#measured.length > 0;
  }

  /** Of those kinds that were measured. */
  get latencies(): Latencies {
    const latencies: Partial<Record<Kind, number>> = {};
    for (const kind of ["read", "write"] as const) {
      const values = this.#measured.flatMap((measured) => measured[kind] ?? []).toSorted((a, b) => a - b);
      const lower = values.slice(0, Math.ceil(values.length / 2));
      if (lower.length > 0) latencies[kind] = lower.reduce((sum, value) => sum + value, 0) / lower.length;
    }
    return latencies;
  }

  add(measured: Latencies): void {
    if (measured.read === undefined && measured.write === undefined) return;
    this.#measured.push(measured);
    if (this.#measured.length > REMEMBERED) this.#measured.shift();
  }
}
