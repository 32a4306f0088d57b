import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PageSize } from "../../src/executor/page-size.ts";

const MIB = 1024 * 1024;

describe("PageSize", () => {
  it("starts small, and grows towards the target as rows turn out small", () => {
    const size = new PageSize(5_000, MIB);
    const rows: number[] = [];
    for (let page = 0; page < 7; page += 1) {
      rows.push(size.rows);
      size.learn(size.rows, size.rows * 100);
    }
    expect(rows).toEqual([8, 32, 128, 512, 2_048, 5_000, 5_000]);
  });

  it("grows by what one page has shown, however many workers have read one", () => {
    const size = new PageSize(5_000, MIB);
    for (let worker = 0; worker < 8; worker += 1) size.learn(8, 8 * 100);
    expect(size.rows).toBe(32);
    // The last page of a chunk is short, and says nothing against large ones.
    size.learn(2, 2 * 100);
    expect(size.rows).toBe(32);
  });

  it("remembers large rows for a while, and forgets them", () => {
    const size = new PageSize(5_000, MIB);
    for (let page = 0; page < 6; page += 1) size.learn(size.rows, size.rows * 100);
    size.learn(size.rows, size.rows * 64 * 1024);
    expect(size.rows).toBe(16);
    size.learn(16, 16 * 100);
    expect(size.rows).toBe(17);
    for (let page = 0; page < 100; page += 1) size.learn(size.rows, size.rows * 100);
    expect(size.rows).toBe(5_000);
  });

  it("shrinks at once when rows turn out large, to one row at the least", () => {
    const size = new PageSize(5_000, MIB);
    size.learn(200, 200 * 64 * 1024);
    expect(size.rows).toBe(16);
    size.learn(16, 16 * 2 * MIB);
    expect(size.rows).toBe(1);
  });

  it("asks for pages of about the target and never more than configured", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.array(fc.integer({ min: 1, max: 4 * MIB }), { minLength: 1, maxLength: 20 }),
        (most, rowBytes) => {
          const size = new PageSize(most, MIB);
          for (const bytes of rowBytes) {
            size.learn(size.rows, size.rows * bytes);
            expect(size.rows).toBeGreaterThanOrEqual(1);
            expect(size.rows).toBeLessThanOrEqual(most);
            expect(size.rows === 1 || size.rows * bytes <= MIB).toBe(true);
          }
        },
      ),
    );
  });

  it("counts what many small cells take besides their bytes", () => {
    const [narrow, wide] = [new PageSize(1_000, MIB, 2), new PageSize(1_000, MIB, 64)];
    for (let page = 0; page < 6; page += 1) {
      narrow.learn(narrow.rows, narrow.rows * 2 * 100);
      wide.learn(wide.rows, wide.rows * 64 * 100);
    }
    expect(narrow.rows).toBe(873);
    expect(wide.rows).toBe(27);
  });

  it("learns nothing from an empty page", () => {
    const size = new PageSize(5_000, MIB);
    size.learn(0, 0);
    expect(size.rows).toBe(8);
  });

  it("halves a page that ran out of time, down to a few rows, and recovers slowly", () => {
    const size = new PageSize(5_000, MIB);
    size.learn(50, 50 * 5_000);
    size.ranOutOfTime(200);
    expect(size.rows).toBe(100);
    size.ranOutOfTime(100);
    expect(size.rows).toBe(50);
    for (let n = 0; n < 10; n += 1) size.ranOutOfTime(size.rows);
    expect(size.rows).toBe(8);
    size.inTime();
    expect(size.rows).toBe(9);
    for (let n = 0; n < 100; n += 1) size.inTime();
    expect(size.rows).toBe(200);
  });
});
