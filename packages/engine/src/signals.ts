// Combining signals needs a static of AbortSignal; the lint rule of biome.json spares this file.

/** A signal that aborts with the first of `signals`. */
export function anySignal(signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}
