import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addTotals, decodeTotals, encodeTotals, sumTotals, type Totals, ZERO_TOTALS } from "../src/totals.ts";

const census = fc.array(
  fc.record({
    column: fc.constantFrom("email", "phone"),
    keyVersion: fc.constantFrom("old", "new", "(unknown)"),
    cells: fc.nat({ max: 1_000 }),
    newestWritetime: fc.bigInt(0n, 2n ** 63n - 1n),
  }),
  { maxLength: 4 },
);
const count = fc.nat({ max: 1_000_000 });
const anyTotals: fc.Arbitrary<Totals> = fc.record({
  scanned: count,
  rekeyed: count,
  skipped: count,
  raced: count,
  quarantined: count,
  cellsRekeyed: count,
  young: count,
  bytes: count,
  census,
});

function sorted(totals: Totals) {
  const place = ({ column, keyVersion }: Totals["census"][number]) => `${column} ${keyVersion}`;
  return { ...totals, census: totals.census.toSorted((a, b) => place(a).localeCompare(place(b))) };
}

describe("totals", () => {
  it("add up in any order, with one census line for each column and key version", () => {
    fc.assert(
      fc.property(anyTotals, anyTotals, anyTotals, (a, b, c) => {
        const sum = addTotals(addTotals(a, b), c);
        expect(sorted(sumTotals([a, b, c]))).toEqual(sorted(sum));
        expect(sorted(addTotals(c, addTotals(b, a)))).toEqual(sorted(sum));
        const places = sum.census.map(({ column, keyVersion }) => `${column} ${keyVersion}`);
        expect(new Set(places).size).toBe(places.length);
        const cells = (totals: Totals) => totals.census.reduce((all, line) => all + line.cells, 0);
        expect(cells(sum)).toBe(cells(a) + cells(b) + cells(c));
      }),
    );
  });

  it("keep the newest writetime of merged lines", () => {
    const line = { column: "email", keyVersion: "old", cells: 1, newestWritetime: 5n };
    const sum = addTotals(
      { ...ZERO_TOTALS, census: [line] },
      { ...ZERO_TOTALS, census: [{ ...line, newestWritetime: 3n }] },
    );
    expect(sum.census).toEqual([{ ...line, cells: 2 }]);
  });

  it("survive being stored, writetimes to the microsecond", () => {
    fc.assert(
      fc.property(anyTotals, (totals) => {
        expect(decodeTotals(encodeTotals(totals))).toEqual(totals);
      }),
    );
  });

  it("read older records, whatever they lack, and none", () => {
    expect(decodeTotals('{"scanned":7}')).toEqual({ ...ZERO_TOTALS, scanned: 7 });
    expect(decodeTotals(null)).toEqual(ZERO_TOTALS);
    expect(decodeTotals("")).toEqual(ZERO_TOTALS);
  });
});
