import { isRekeyError, RekeyError } from "@cassandra-rekey/core";

// Combining signals needs a static of AbortSignal; the lint rule of biome.json spares this file.

/** A signal that aborts with the first of `signals`. */
export function anySignal(signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}

/** What `attempt` gives, which obeys `stop` itself; what comes of a bare signal is `INTERRUPTED` for people. */
export async function beforeStop<Result>(
  stop: AbortSignal | undefined,
  before: string,
  attempt: () => Promise<Result>,
): Promise<Result> {
  try {
    return await attempt();
  } catch (error) {
    if (!stop?.aborted || error !== stop.reason || isRekeyError(error)) throw error;
    throw new RekeyError("INTERRUPTED", `stopped before ${before}`, { cause: error });
  }
}
