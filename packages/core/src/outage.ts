/** A time in which a node did not take writes of ours, as the workers saw it. */
export interface Outage {
  /** `address:port` */
  readonly node: string;
  /** When a worker first saw it down while it wrote, milliseconds since the epoch. */
  readonly fromMs: number;
  /** When a worker last saw it down while it wrote. */
  readonly untilMs: number;
  /** How much of an outage the cluster's hints make up for, milliseconds; 0 without hinted handoff. */
  readonly hintedMs: number;
  /** It was down already when that worker began: for how long before `fromMs` nobody here can tell. */
  readonly sinceBefore?: true;
}

/** Sightings of one node this close together are one outage: workers look at different moments. */
const SAME_OUTAGE_MS = 60_000;

/** Outages of two lots of work together; those of one node that meet are one. */
export function mergeOutages(a: readonly Outage[], b: readonly Outage[]): readonly Outage[] {
  const merged: Outage[] = [];
  const inOrder = [...a, ...b].sort((x, y) => x.fromMs - y.fromMs);
  for (const outage of inOrder) {
    const at = merged.findLastIndex(({ node }) => node === outage.node);
    const known = merged[at];
    if (!known || outage.fromMs - known.untilMs > SAME_OUTAGE_MS) {
      merged.push(outage);
      continue;
    }
    const { sinceBefore, ...rest } = known;
    // Who saw it first tells since when.
    const isSinceBefore = sinceBefore && (outage.fromMs > known.fromMs || outage.sinceBefore);
    merged[at] = {
      ...rest,
      untilMs: Math.max(known.untilMs, outage.untilMs),
      hintedMs: Math.min(known.hintedMs, outage.hintedMs),
      ...(isSinceBefore && { sinceBefore }),
    };
  }
  return merged;
}

/** A node that is only being connected to looks as if it was down since before, milliseconds. */
const CONNECTING_MS = 60_000;

/**
 * Whether a node missed writes that no hint brings back to it: then a repair has to. Cassandra keeps none for a node that
 * has been down for longer than the window, whenever the write comes.
 */
export function outlastsHints({ fromMs, untilMs, hintedMs, sinceBefore }: Outage): boolean {
  const seenMs = untilMs - fromMs;
  return hintedMs === 0 || seenMs > hintedMs || (sinceBefore === true && seenMs >= CONNECTING_MS);
}
