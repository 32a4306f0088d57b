import type { Limit, Throttle } from "@cassandra-rekey/core";
import type { Crew } from "../executor/crew.ts";

/** The job's rate as someone set it while it runs: a throttle like any other, so the tightest applies. */
export class ControlThrottle implements Throttle {
  readonly #crew: Crew;
  #rate: { readonly perSecond: number; readonly by: string } | undefined;

  constructor(crew: Crew) {
    this.#crew = crew;
  }

  /** `perSecond` rows for the whole job, `undefined` for no limit. */
  set(perSecond: number | undefined, by: string): void {
    this.#rate = perSecond === undefined ? undefined : { perSecond, by };
  }

  limit(): Limit {
    if (!this.#rate) return {};
    const { perSecond, by } = this.#rate;
    const { own, live } = this.#crew;
    const rowsPerSecond = (perSecond * own) / live;
    const share = own === live ? "" : `, ${Math.round(rowsPerSecond)} of them here`;
    return { rowsPerSecond, reason: `tuned by ${by}: ${perSecond} rows/s${share}` };
  }

  observe(): void {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
