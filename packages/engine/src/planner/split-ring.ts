import { MAX_TOKEN, MIN_TOKEN, RekeyError, type TokenRange } from "@cassandra-rekey/core";

/** More chunks than this make the state store the bottleneck. */
export const MAX_CHUNKS = 1_000_000;

/**
 * Cuts the whole Murmur3 ring into `count` plain token ranges of nearly equal width, in ring order.
 * The first starts after {@link MIN_TOKEN}, which no partition has; the last ends at {@link MAX_TOKEN}, inclusive.
 * Every other token belongs to exactly one range.
 */
export function splitRing(count: number): readonly TokenRange[] {
  if (!Number.isSafeInteger(count) || count < 1 || count > MAX_CHUNKS) {
    throw new RekeyError(
      "CONFIG.INVALID",
      `chunks must be a whole number from 1 to ${MAX_CHUNKS}, not ${count}`,
    );
  }
  const width = MAX_TOKEN - MIN_TOKEN;
  const total = BigInt(count);
  const bound = (index: bigint) => MIN_TOKEN + (width * index) / total;
  return Array.from({ length: count }, (_, index) => ({
    after: bound(BigInt(index)),
    upTo: bound(BigInt(index) + 1n),
  }));
}
