import { addTotals, type Totals, ZERO_TOTALS } from "@cassandra-rekey/core";
import type { PageWork } from "../page/page-work.ts";
import type { WriteOutcome } from "../writer/page-writer.ts";

/**
 * Adds a finished page to its chunk's totals. `credit` counts rows that an earlier reading of the same page wrote
 * before it ran out of time: they read as "already on the target key" now, and were rekeyed all the same.
 */
export function addPage(
  totals: Totals,
  work: PageWork,
  outcome: Pick<WriteOutcome, "rekeyed" | "cells" | "raced">,
  credit: { readonly rekeyed: number; readonly cells: number; readonly raced: number },
  bytes: number,
  visit: number,
): Totals {
  const rekeyed = outcome.rekeyed + credit.rekeyed;
  const page: Totals = {
    ...ZERO_TOTALS,
    scanned: work.scanned,
    rekeyed,
    skipped: Math.max(0, work.scanned - rekeyed),
    raced: outcome.raced + credit.raced,
    quarantined: work.quarantinedRows,
    cellsRekeyed: outcome.cells + credit.cells,
    young: work.young,
    bytes,
    census: work.census,
  };
  return addTotals(totals, visit === 0 ? page : revisited(page, totals));
}

/** On the later visit rows were counted before: one that is rekeyed now moves from skipped to rekeyed. */
function revisited(page: Totals, before: Totals): Totals {
  const moved = Math.min(page.rekeyed, before.skipped);
  return { ...page, scanned: page.rekeyed - moved, skipped: -moved, quarantined: 0 };
}
