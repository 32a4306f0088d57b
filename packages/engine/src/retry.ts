import { type Clock, isRekeyError, type Random } from "@cassandra-rekey/core";

/** How often and how long something is tried again. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
}

/** For what a run cannot do without: about a minute of patience, also where each attempt is refused at once. */
export const PATIENT: RetryPolicy = { attempts: 14, firstDelayMs: 100, longestDelayMs: 10_000 };

/** Who asks for more is asked again after this, milliseconds: a mistaken answer must not hold a job for days. */
const LONGEST_ASKED_MS = 300_000;

/** What a retry needs and whom it tells. */
export interface RetryTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly onRetry?: (attempt: number, code: string) => void;
}

/**
 * Calls `attempt` until it resolves. Only retryable {@link RekeyError}s are tried again, after an exponential delay
 * with jitter, or after `retryAfterMs` where the error names it, five minutes at the most.
 */
export async function withRetry<Result>(
  tools: RetryTools,
  policy: RetryPolicy,
  signal: AbortSignal,
  attempt: () => Promise<Result>,
): Promise<Result> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (!isRekeyError(error) || !error.retryable || tried >= policy.attempts) throw error;
      tools.onRetry?.(tried, error.code);
      await tools.clock.sleep(backoffMs(policy, tried, tools.random, error.retryAfterMs), signal);
    }
  }
}

/** The delay before attempt `tried + 1`, milliseconds. */
export function backoffMs(policy: RetryPolicy, tried: number, random: Random, retryAfterMs?: number): number {
  const ceiling = Math.min(policy.longestDelayMs, policy.firstDelayMs * 2 ** (tried - 1));
  // What a provider made of a header that was not there is no number, and would be no delay at all.
  const askedMs = retryAfterMs === undefined || Number.isNaN(retryAfterMs) ? 0 : retryAfterMs;
  return Math.max(Math.min(askedMs, LONGEST_ASKED_MS), ceiling * (0.5 + random.fraction() / 2));
}
