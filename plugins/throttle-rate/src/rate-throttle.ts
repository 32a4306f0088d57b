import type { Limit, Throttle, ThrottleContext } from "@cassandra-rekey/core";

/** What the whole job may do. */
export interface RateOptions {
  readonly rows_per_second?: number | undefined;
  readonly bytes_per_second?: number | undefined;
}

/**
 * Gives this process its share of the job's rate: as many parts as it has workers, of as many as live in all
 * processes. Shares follow within seconds when a process comes or goes.
 */
export class RateThrottle implements Throttle {
  readonly #options: RateOptions;
  readonly #crew: Pick<ThrottleContext, "workers" | "liveWorkers">;

  constructor(options: RateOptions, crew: Pick<ThrottleContext, "workers" | "liveWorkers">) {
    this.#options = options;
    this.#crew = crew;
  }

  limit(): Limit {
    const { rows_per_second: rows, bytes_per_second: bytes } = this.#options;
    const { workers } = this.#crew;
    const all = Math.max(workers, this.#crew.liveWorkers());
    const share = workers / all;
    const rates = [
      ...(rows === undefined ? [] : [`${rows} rows/s`]),
      ...(bytes === undefined ? [] : [`${bytes} bytes/s`]),
    ];
    const ours = all > workers ? `, ${workers} of ${all} workers here` : "";
    return {
      ...(rows !== undefined && { rowsPerSecond: rows * share }),
      ...(bytes !== undefined && { bytesPerSecond: bytes * share }),
      reason: `throttle-rate: ${rates.join(" and ")} for the job${ours}`,
    };
  }

  observe(): void {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
