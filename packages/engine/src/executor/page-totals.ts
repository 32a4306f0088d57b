import { addTotals, type Outage, type Totals, ZERO_TOTALS } from "@cassandra-rekey/core";
import type { PageWork } from "../page/page-work.ts";
import type { WriteOutcome } from "../writer/page-writer.ts";

/**
 * What an earlier reading of the same rows wrote before it ran out of time: they read as "already on the target key"
 * now, and were rekeyed all the same.
 */
export type Credit = Pick<WriteOutcome, "rekeyed" | "cells" | "raced">;

/** A page that was worked on to its end. */
export interface FinishedPage {
  readonly work: PageWork;
  readonly outcome: Omit<WriteOutcome, "tooLate">;
  readonly credit: Credit;
  readonly bytes: number;
  /** Nodes that were down when it was written. */
  readonly outages?: readonly Outage[];
  /** {@link Chunk.visit} */
  readonly visit: number;
}

/**
 * Adds a finished page to its chunk's totals. The page may be smaller than the reading that earned the credit:
 * `credit` is what is left of it for the pages that follow, so that each row counts once.
 */
export function addPage(totals: Totals, finished: FinishedPage): { totals: Totals; credit: Credit } {
  const { work, outcome, credit, bytes, visit, outages = [] } = finished;
  const credited = Math.max(0, Math.min(credit.rekeyed, work.scanned - outcome.rekeyed));
  const rekeyed = outcome.rekeyed + credited;
  const page: Totals = {
    ...ZERO_TOTALS,
    scanned: work.scanned,
    rekeyed,
    skipped: Math.max(0, work.scanned - rekeyed),
    raced: outcome.raced + credit.raced,
    quarantined: work.quarantinedRows,
    cellsRekeyed: outcome.cells + credit.cells,
    young: work.young + outcome.left,
    bytes,
    census: work.census,
    ...(outages.length > 0 && { outages }),
  };
  return {
    totals: addTotals(totals, visit === 0 ? page : revisited(page, totals)),
    credit: { rekeyed: credit.rekeyed - credited, cells: 0, raced: 0 },
  };
}

/** On the later visit rows were counted before: one that is rekeyed now moves from skipped to rekeyed. */
function revisited(page: Totals, before: Totals): Totals {
  const moved = Math.min(page.rekeyed, before.skipped);
  return { ...page, scanned: page.rekeyed - moved, skipped: -moved, quarantined: 0 };
}
