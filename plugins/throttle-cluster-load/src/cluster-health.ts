import type { Clock, Limit, Lookout } from "@cassandra-rekey/core";

/** What a {@link ClusterHealth} is made of. */
export interface ClusterHealthParts {
  /** What is going on, a line each; rejects when nobody answers. */
  readonly troubles: (signal: AbortSignal) => Promise<readonly string[]>;
  readonly clock: Pick<Clock, "monotonicMs">;
}

/** How many looks in a row may fail before that is taken for a cluster that is not well. */
const MISSES = 2;

/** Holds the job while something is going on in the cluster. What was read before is still written. */
export class ClusterHealth implements Lookout {
  readonly #parts: ClusterHealthParts;
  #troubles: readonly string[] = [];
  #sinceMs = 0;
  #misses = 0;

  constructor(parts: ClusterHealthParts) {
    this.#parts = parts;
  }

  limit(): Limit {
    const [first, ...others] = this.#troubles;
    if (first === undefined) return {};
    const more = others.length === 0 ? "" : `, and ${others.length} more`;
    const seconds = Math.round((this.#parts.clock.monotonicMs() - this.#sinceMs) / 1000);
    const text = `throttle-cluster-health: ${first} for ${seconds} s${more}`;
    return { hold: text, reason: text };
  }

  async look(signal: AbortSignal): Promise<void> {
    try {
      this.#become(await this.#parts.troubles(signal));
      this.#misses = 0;
    } catch {
      this.#misses += 1;
      if (this.#misses >= MISSES) this.#become(["no node says how the cluster is"]);
    }
  }

  #become(troubles: readonly string[]): void {
    if (this.#troubles.length === 0) this.#sinceMs = this.#parts.clock.monotonicMs();
    this.#troubles = troubles;
  }
}
