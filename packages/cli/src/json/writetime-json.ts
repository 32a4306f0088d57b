/**
 * A writetime for JSON: microseconds since the epoch as a number where a double holds it exactly (until the year
 * 2255), else as decimal text. `jq` and JavaScript read both without loss.
 */
export function writetimeToJson(us: bigint): number | string {
  const safe = us <= BigInt(Number.MAX_SAFE_INTEGER) && us >= BigInt(Number.MIN_SAFE_INTEGER);
  return safe ? Number(us) : us.toString();
}
