import { type Totals, ZERO_TOTALS } from "@cassandra-rekey/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addPage, type Credit } from "../../src/executor/page-totals.ts";
import type { PageWork } from "../../src/page/page-work.ts";

const NO_CREDIT: Credit = { rekeyed: 0, cells: 0, raced: 0 };

function work(scanned: number, changes: Partial<PageWork> = {}): PageWork {
  return {
    writes: [],
    scanned,
    quarantinedRows: 0,
    quarantine: [],
    cells: scanned,
    opened: scanned,
    young: 0,
    census: [],
    ...changes,
  };
}

function outcome(rekeyed: number, changes: { cells?: number; raced?: number; left?: number } = {}) {
  return { rekeyed, cells: rekeyed, raced: 0, left: 0, ...changes };
}

function add(totals: Totals, page: Partial<Parameters<typeof addPage>[1]>) {
  return addPage(totals, {
    work: work(0),
    outcome: outcome(0),
    credit: NO_CREDIT,
    bytes: 0,
    visit: 0,
    ...page,
  });
}

describe("addPage", () => {
  it("counts what was scanned as rekeyed or skipped", () => {
    const { totals } = add(ZERO_TOTALS, {
      work: work(10, { quarantinedRows: 2, young: 3 }),
      outcome: outcome(4, { cells: 7, raced: 1, left: 2 }),
      bytes: 500,
    });
    expect(totals).toEqual({
      scanned: 10,
      rekeyed: 4,
      skipped: 6,
      raced: 1,
      quarantined: 2,
      cellsRekeyed: 7,
      young: 5,
      bytes: 500,
      census: [],
    });
  });

  it("counts rows of a dropped reading as rekeyed, once each, over the smaller pages that follow", () => {
    // Of 100 rows the last 60 were written before time was up; they are read again as 50 and 50.
    const first = add(ZERO_TOTALS, {
      work: work(50),
      outcome: outcome(40),
      credit: { rekeyed: 60, cells: 120, raced: 2 },
    });
    expect(first.totals).toMatchObject({ scanned: 50, rekeyed: 50, skipped: 0, cellsRekeyed: 160, raced: 2 });
    const second = add(first.totals, { work: work(50), credit: first.credit });
    expect(second.totals).toMatchObject({ scanned: 100, rekeyed: 100, skipped: 0, cellsRekeyed: 160 });
    expect(second.credit).toEqual(NO_CREDIT);
  });

  it("on the later visit moves rows from skipped to rekeyed and scans nothing twice", () => {
    const before = { ...ZERO_TOTALS, scanned: 100, rekeyed: 90, skipped: 10, quarantined: 1 };
    const { totals } = add(before, {
      work: work(100, { quarantinedRows: 1 }),
      outcome: outcome(7),
      visit: 1,
    });
    expect(totals).toMatchObject({ scanned: 100, rekeyed: 97, skipped: 3, quarantined: 1 });
  });

  it("keeps scanned = rekeyed + skipped, whatever comes", () => {
    const page = fc.record({
      scanned: fc.nat({ max: 50 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      credit: fc.nat({ max: 50 }),
      visit: fc.constantFrom(0, 1),
    });
    fc.assert(
      fc.property(fc.array(page), (pages) => {
        let totals = ZERO_TOTALS;
        for (const { scanned, share, credit, visit } of pages) {
          const rekeyed = Math.floor(scanned * share);
          ({ totals } = add(totals, {
            work: work(scanned),
            outcome: outcome(rekeyed),
            credit: { ...NO_CREDIT, rekeyed: credit },
            visit,
          }));
          expect(totals.rekeyed + totals.skipped).toBe(totals.scanned);
          expect(totals.skipped).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
