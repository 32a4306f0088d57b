/** One number that a node says of itself, and what it may be at most. */
export interface Reading {
  /** What it is: `read p99`. */
  readonly what: string;
  readonly value: number;
  readonly threshold: number;
  readonly unit?: string;
}

/** `read p99 61 ms > 50 ms` */
export function readingText({ what, value, threshold, unit }: Reading): string {
  const suffix = unit === undefined ? "" : ` ${unit}`;
  return `${what} ${Number(value.toPrecision(3))}${suffix} > ${threshold}${suffix}`;
}
