/** What Cassandra ships with: three hours. */
const DEFAULT_MS = 3 * 3_600_000;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * How long an outage of a node may last before the others stop keeping hints for it, milliseconds, from the server's
 * settings (`3h` or `10800000ms` from 4.1, `…_in_ms` on 4.0); 0 without hinted handoff, the default where unknown.
 */
export function hintWindowMs(settings: ReadonlyMap<string, string> | undefined): number {
  if (settings?.get("hinted_handoff_enabled") === "false") return 0;
  const text = settings?.get("max_hint_window") ?? settings?.get("max_hint_window_in_ms") ?? "";
  const parts = /^(\d+)(ms|s|m|h|d)?$/.exec(text);
  return parts ? Number(parts[1]) * UNIT_MS[parts[2] ?? "ms"]! : DEFAULT_MS;
}
