import type { Clock, Outage } from "@cassandra-rekey/core";

/** What is known of the cluster's nodes now. */
export interface NodeStates {
  /** Nodes that are down, as `address:port`. */
  down(): readonly string[];
  /** {@link Outage.hintedMs} */
  readonly hintedMs: number;
}

/** Takes note of nodes that are down while pages are written: they miss those writes. */
export class OutageWatch {
  readonly #nodes: NodeStates | undefined;
  readonly #clock: Clock;
  readonly #since = new Map<string, number>();
  /** Nodes that have been down since before this watch began. */
  readonly #before: Set<string>;

  constructor(nodes: NodeStates | undefined, clock: Clock) {
    this.#nodes = nodes;
    this.#clock = clock;
    this.#before = new Set(nodes?.down());
  }

  /** The outages of this moment, each from when it was first seen. */
  look(): readonly Outage[] {
    if (!this.#nodes) return [];
    const { hintedMs } = this.#nodes;
    const down = new Set(this.#nodes.down());
    const untilMs = this.#clock.wallMs();
    for (const node of this.#since.keys()) if (!down.has(node)) this.#since.delete(node);
    for (const node of this.#before) if (!down.has(node)) this.#before.delete(node);
    return [...down].map((node) => {
      const fromMs = this.#since.get(node) ?? untilMs;
      this.#since.set(node, fromMs);
      return { node, fromMs, untilMs, hintedMs, ...(this.#before.has(node) && { sinceBefore: true }) };
    });
  }
}
