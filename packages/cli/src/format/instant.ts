import { UNKNOWN_WRITETIME } from "@cassandra-rekey/core";

const LATEST_MS = 8_640_000_000_000_000;

/** Milliseconds since the epoch as `2026-11-24 12:53:11Z`. */
export function formatInstant(ms: number): string {
  if (!Number.isFinite(ms) || Math.abs(ms) > LATEST_MS) return "never";
  return new Date(ms)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "Z");
}

/** A writetime in microseconds as {@link formatInstant}; the extreme ones, which are no dates, as numbers. */
export function formatWritetime(us: bigint): string {
  if (us === UNKNOWN_WRITETIME) return "not told";
  const ms = us / 1000n;
  return ms <= LATEST_MS && ms >= -LATEST_MS ? formatInstant(Number(ms)) : `${us} µs`;
}
