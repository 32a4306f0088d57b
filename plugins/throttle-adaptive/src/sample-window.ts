import type { Sample } from "@cassandra-rekey/core";
import type { Kind, Latencies } from "./unloaded-latency.ts";

/** More than this many latencies of a kind say nothing more about what is typical. */
const MOST_KEPT = 2_000;

/** Whether a failure says that the cluster has too much to do. */
const OVERLOAD = ["CLUSTER.TIMEOUT", "CLUSTER.OVERLOADED", "CLUSTER.UNAVAILABLE", "CLUSTER.READ_FAILED"];

/** What was observed during a short time. */
export class SampleWindow {
  readonly startedAtMs: number;
  readonly #latencies: Readonly<Record<Kind, number[]>> = { read: [], write: [] };
  readonly #counts: Record<Kind, number> = { read: 0, write: 0 };
  #busyMs = 0;
  #overloads = 0;

  constructor(startedAtMs: number) {
    this.startedAtMs = startedAtMs;
  }

  add({ kind, latencyMs, error }: Sample): void {
    if (error !== undefined) {
      if (OVERLOAD.includes(error)) this.#overloads += 1;
      return;
    }
    if (!Number.isFinite(latencyMs)) return;
    this.#busyMs += latencyMs;
    this.#counts[kind] += 1;
    if (this.#latencies[kind].length < MOST_KEPT) this.#latencies[kind].push(latencyMs);
  }

  count(kind: Kind): number {
    return this.#counts[kind];
  }

  get overloaded(): boolean {
    return this.#overloads > 0;
  }

  /** Whether there is enough to go by; one sign of overload is. */
  hasAtLeast(samples: number): boolean {
    return this.overloaded || this.#counts.read + this.#counts.write >= samples;
  }

  /** How many requests were in flight on average (Little's law). */
  inFlight(nowMs: number): number {
    return this.#busyMs / Math.max(1, nowMs - this.startedAtMs);
  }

  /** The typical latency of each kind that was seen at least `least` times. */
  typical(least: number): Latencies {
    const found: Partial<Record<Kind, number>> = {};
    for (const kind of ["read", "write"] as const)
      if (this.#counts[kind] >= least) found[kind] = typical(this.#latencies[kind]);
    return found;
  }

  /** How many times longer requests took than unloaded ones; each kind weighs by its time. `undefined`: not known. */
  inflation(unloaded: Latencies): number | undefined {
    let took = 0;
    let unloadedMs = 0;
    for (const [kind, now] of Object.entries(this.typical(1)) as [Kind, number][]) {
      const base = unloaded[kind];
      if (base === undefined) continue;
      took += this.#counts[kind] * now;
      unloadedMs += this.#counts[kind] * base;
    }
    return unloadedMs > 0 ? took / unloadedMs : undefined;
  }
}

/** The mean without the slowest tenth: steadier than a median, and a pause of the server's collector does not move it. */
function typical(values: readonly number[]): number {
  const kept = values.toSorted((a, b) => a - b).slice(0, Math.ceil(values.length * 0.9));
  return kept.reduce((sum, value) => sum + value, 0) / kept.length;
}
