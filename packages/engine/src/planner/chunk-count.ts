/** What a table weighs, as far as the cluster tells. */
export interface SizeEstimate {
  readonly partitions: number;
  readonly bytes: number;
}

/** A chunk should be minutes of work: small enough to be retried, large enough to be worth a lease. */
const BYTES_PER_CHUNK = 64 * 1024 * 1024;
const PARTITIONS_PER_CHUNK = 100_000;
/** Enough for the workers of a few processes to share even a small table. */
const FEWEST = 32;
const MOST = 65_536;

/** How many chunks `chunks: auto` makes. Size estimates lag behind, so a table that looks empty still gets the fewest. */
export function chunkCount(estimate: SizeEstimate | undefined): number {
  if (!estimate) return FEWEST;
  const wanted = Math.ceil(
    Math.max(estimate.bytes / BYTES_PER_CHUNK, estimate.partitions / PARTITIONS_PER_CHUNK),
  );
  return Math.min(MOST, Math.max(FEWEST, wanted));
}
