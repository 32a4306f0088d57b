import type { ReadMoment } from "./fence.ts";

/**
 * The age under which a cell is left for a later visit: what is configured, and on top of it how far this host's
 * clock and the cluster's are apart.
 *
 * A cell's age is told on the server's clock, so an error of this host's clock alone does no harm. What does is an
 * application host whose clock is behind the server's: a write just stamped there looks older than it is by as much,
 * and one in flight could still tie with ours. Those clocks cannot be asked. The difference that can be measured
 * stands for how well clocks are kept in this place; each page measures it again.
 */
export class SettleTime {
  readonly #configuredMs: number;
  #differenceMs = 0;

  constructor(configuredMs: number) {
    this.#configuredMs = configuredMs;
  }

  /** Milliseconds, by the latest page measured. */
  get ms(): number {
    return this.#configuredMs + this.#differenceMs;
  }

  /**
   * Measures the difference at a page that told the server's time; returns what holds for its cells. As much of it as
   * may come from a late answer is none: else a page that took a minute would leave its cells for young.
   */
  measure({ serverMs, wallMs, doubtMs = 0 }: ReadMoment): number {
    this.#differenceMs = Math.ceil(Math.max(0, Math.abs(serverMs - wallMs) - doubtMs));
    return this.ms;
  }
}
