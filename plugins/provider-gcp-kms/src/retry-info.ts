interface Duration {
  /** A number, or protobuf's Long. */
  readonly seconds?: unknown;
  readonly nanos?: unknown;
}

/**
 * How long an error's google.rpc.RetryInfo asks to stay away, milliseconds; `undefined` without one. The client decodes
 * an error's details and drops their names: a delay is what only a RetryInfo has.
 */
export function retryAfterMs(error: unknown): number | undefined {
  const { statusDetails } = (error ?? {}) as { readonly statusDetails?: unknown };
  if (!Array.isArray(statusDetails)) return undefined;
  for (const detail of statusDetails as readonly ({ readonly retryDelay?: Duration | null } | null)[]) {
    if (!detail?.retryDelay) continue;
    const { seconds, nanos } = detail.retryDelay;
    const ms = Number(seconds ?? 0) * 1000 + Number(nanos ?? 0) / 1e6;
    if (ms > 0) return ms;
  }
  return undefined;
}
