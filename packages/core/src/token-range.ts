/** The lowest Murmur3 token. No partition has it; as a lower bound it means the start of the ring. */
export const MIN_TOKEN = -(2n ** 63n);
/** The highest Murmur3 token; partitions with it exist. */
export const MAX_TOKEN = 2n ** 63n - 1n;

/** Tokens `after < token <= upTo`. The whole ring is `(MIN_TOKEN, MAX_TOKEN]`. */
export interface TokenRange {
  readonly after: bigint;
  readonly upTo: bigint;
}

/** The part of the ring that a range covers, from 0 to 1. */
export function ringFraction(range: TokenRange): number {
  return Number(range.upTo - range.after) / Number(MAX_TOKEN - MIN_TOKEN);
}
