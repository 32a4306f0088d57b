import {
  type Clock,
  isRekeyError,
  type Limit,
  type Logger,
  type Random,
  type Throttle,
} from "@cassandra-rekey/core";
import { backoffMs, type RetryPolicy } from "../retry.ts";
import { anySignal } from "../signals.ts";

/** What a {@link KeyOutage} is made of. */
export interface KeyOutageParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** How long an outage may last before it is an error, milliseconds. */
  readonly longestMs: number;
  readonly onRetry?: (attempt: number, code: string) => void;
}

const DELAYS: Omit<RetryPolicy, "attempts"> = { firstDelayMs: 100, longestDelayMs: 10_000 };

/**
 * Waits for key services that are throttled or down. While anyone waits it is a throttle that holds the job: no page is
 * read that would only grow old, and the reason is shown.
 */
export class KeyOutage implements Throttle {
  readonly #parts: KeyOutageParts;
  #waiting = 0;
  #sinceMs = 0;
  #reason: string | undefined;

  constructor(parts: KeyOutageParts) {
    this.#parts = parts;
  }

  limit(): Limit {
    return this.#waiting > 0 && this.#reason !== undefined ? { hold: this.#reason } : {};
  }

  observe(): void {}

  async [Symbol.asyncDispose](): Promise<void> {}

  /**
   * Calls `attempt` until it does not fail retryably any more, or until the outage has lasted too long. Resolves as
   * `undefined` when `quiet` aborts while it waits, and rejects with the reason of `signal` when that aborts.
   */
  async outlast<Result>(
    signal: AbortSignal,
    quiet: AbortSignal,
    attempt: () => Promise<Result>,
  ): Promise<Result | undefined> {
    let waits = false;
    try {
      for (let tried = 1; ; tried += 1) {
        try {
          return await attempt();
        } catch (error) {
          signal.throwIfAborted();
          if (!isRekeyError(error) || !error.retryable) throw error;
          if (!waits) this.#begin(error.message);
          waits = true;
          // A throttled service may be down by now.
          this.#reason = `waiting for a key service: ${error.message}`;
          const leftMs = this.#sinceMs + this.#parts.longestMs - this.#parts.clock.monotonicMs();
          if (leftMs <= 0) throw error;
          this.#parts.onRetry?.(tried, error.code);
          const policy = { ...DELAYS, attempts: tried };
          const delayMs = backoffMs(policy, tried, this.#parts.random, error.retryAfterMs);
          await this.#parts.clock
            .sleep(Math.min(delayMs, leftMs), anySignal([signal, quiet]))
            .catch(() => {});
          signal.throwIfAborted();
          if (quiet.aborted) return undefined;
        }
      }
    } finally {
      if (waits) this.#end();
    }
  }

  #begin(message: string): void {
    const { clock, logger } = this.#parts;
    this.#waiting += 1;
    if (this.#waiting > 1) return;
    this.#sinceMs = clock.monotonicMs();
    logger.warn({ reason: message }, "waiting for a key service");
  }

  #end(): void {
    const { clock, logger } = this.#parts;
    this.#waiting -= 1;
    if (this.#waiting > 0) return;
    this.#reason = undefined;
    logger.info(
      { waitedMs: Math.round(clock.monotonicMs() - this.#sinceMs) },
      "no longer waiting for a key service",
    );
  }
}
