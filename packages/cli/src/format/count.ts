const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** A whole number with its thousands set apart: `1,234,567`. */
export function formatCount(count: number): string {
  return grouped.format(count);
}

/** Rows per second; below ten with one decimal: `16,300 rows/s`, `0.4 rows/s`. */
export function formatRate(rowsPerSecond: number): string {
  const rate = Number.isFinite(rowsPerSecond) ? Math.max(0, rowsPerSecond) : 0;
  const text = rate > 0 && rate < 9.95 ? rate.toFixed(1) : formatCount(rate);
  return `${text} rows/s`;
}

/** `1 row`, `2 rows`. */
export function formatAmount(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
