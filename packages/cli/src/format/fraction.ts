/** A fraction from 0 to 1 in per cent, rounded down, so that `100.0 %` means all: `52.3 %`. */
export function formatPercent(fraction: number): string {
  return `${(Math.floor(clamp(fraction) * 1000 + 1e-9) / 10).toFixed(1)} %`;
}

/** A bar of `width` characters between brackets: `[#####-----]`. */
export function formatBar(fraction: number, width: number): string {
  const full = Math.floor(clamp(fraction) * width + 1e-9);
  return `[${"#".repeat(full)}${"-".repeat(width - full)}]`;
}

function clamp(fraction: number): number {
  return Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0;
}
