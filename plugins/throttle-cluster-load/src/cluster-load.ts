import type { Clock, Limit, Lookout } from "@cassandra-rekey/core";
import { NodeBudget } from "./node-budget.ts";
import { type Reading, readingText } from "./reading.ts";

/** What a {@link ClusterLoad} is made of. */
export interface ClusterLoadParts {
  /** The nodes to ask now, by `address:port`. */
  readonly hosts: () => readonly string[];
  /** What a node says of itself; rejects when it does not answer. */
  readonly ask: (host: string, signal: AbortSignal) => Promise<readonly Reading[]>;
  readonly mostPerNode: number;
  readonly criticalFactor: number | undefined;
  readonly clock: Pick<Clock, "monotonicMs">;
}

/** How many times in a row a node may fail to answer before that is taken for a sign of load. */
const MISSES = 2;

/** Gives each hot node a budget of requests, by what the nodes say of themselves. */
export class ClusterLoad implements Lookout {
  readonly #parts: ClusterLoadParts;
  readonly #nodes = new Map<string, { readonly budget: NodeBudget; misses: number; critical?: string }>();

  constructor(parts: ClusterLoadParts) {
    this.#parts = parts;
  }

  limit(): Limit {
    const hot = [...this.#nodes].filter(([, { budget }]) => budget.allowed !== undefined);
    if (hot.length === 0) return {};
    const [[host, worst], ...others] = hot.toSorted(
      ([, a], [, b]) => a.budget.allowed! - b.budget.allowed!,
    ) as [(typeof hot)[number], ...typeof hot];
    const more = others.length === 0 ? "" : `, and ${others.length} more`;
    const text = worst.budget.reason(this.#parts.clock.monotonicMs());
    const critical = [...this.#nodes.values()].find((node) => node.critical !== undefined)?.critical;
    return {
      perHost: new Map(hot.map(([each, { budget }]) => [each, budget.allowed!])),
      reason: `throttle-cluster-load: ${host} ${text}${more}`,
      ...(critical !== undefined && { pause: `throttle-cluster-load: ${critical}` }),
    };
  }

  async look(signal: AbortSignal): Promise<void> {
    const hosts = this.#parts.hosts();
    for (const gone of [...this.#nodes.keys()].filter((host) => !hosts.includes(host)))
      this.#nodes.delete(gone);
    await Promise.all(hosts.map((host) => this.#lookAt(host, signal)));
  }

  async #lookAt(host: string, signal: AbortSignal): Promise<void> {
    const { ask, clock, criticalFactor, mostPerNode } = this.#parts;
    const node = this.#nodes.get(host) ?? { budget: new NodeBudget(mostPerNode), misses: 0 };
    this.#nodes.set(host, node);
    try {
      const readings = await ask(host, signal);
      node.misses = 0;
      node.budget.look(readings, clock.monotonicMs());
      const critical = readings.find(
        ({ value, threshold }) => value > threshold * (criticalFactor ?? Infinity),
      );
      if (critical) node.critical = `${host} ${readingText(critical)}, ${criticalFactor} times over`;
      else delete node.critical;
    } catch {
      node.misses += 1;
      if (node.misses >= MISSES) node.budget.silent("does not say how busy it is", clock.monotonicMs());
    }
  }
}
