import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeCursor, encodeCursor, type ScanIdentity, type ScanPosition } from "../src/scan-cursor.ts";

const identity: ScanIdentity = {
  tableId: "5b6962dd-3f90-4c93-8f61-eabfa4a803e2",
  range: { after: -1000n, upTo: 1000n },
  statement: "SELECT a FROM b",
  protocol: "4/5.0.9",
};
const position: ScanPosition = { after: -1000n, completed: 17n, pageState: "00ff17" };
const start: ScanPosition = { after: -1000n, completed: -1000n, pageState: undefined };
const afterCompleted: ScanPosition = { after: 17n, completed: 17n, pageState: undefined };

test("a cursor comes back as it was", () => {
  const token = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  fc.assert(
    fc.property(token, token, fc.option(fc.string(), { nil: undefined }), (after, completed, pageState) => {
      const there = { after, completed, pageState };
      expect(decodeCursor(encodeCursor(there, identity), identity)).toEqual(there);
    }),
  );
});

test("without a cursor the range starts at its beginning", () => {
  expect(decodeCursor(undefined, identity)).toEqual(start);
});

test("a cursor with any byte changed never goes further than the one that was stored", () => {
  const cursor = Buffer.from(encodeCursor(position, identity));
  for (let index = 0; index < cursor.length; index += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const damaged = Buffer.from(cursor);
      damaged[index]! ^= 1 << bit;
      const found = decodeCursor(damaged.toString("utf8"), identity);
      expect([start, afterCompleted]).toContainEqual(found);
    }
  }
});

test("a cursor that was cut off or is something else starts the range again", () => {
  const cursor = encodeCursor(position, identity);
  for (let length = 0; length < cursor.length; length += 1) {
    expect(decodeCursor(cursor.slice(0, length), identity)).toEqual(start);
  }
  for (const other of ["null", "7", '"x"', "[]", "{}", '{"a":1,"t":2,"o":"","i":""}']) {
    expect(decodeCursor(other, identity)).toEqual(start);
  }
});

test("fields of two cursors cannot be mixed", () => {
  const early = JSON.parse(encodeCursor(position, identity));
  const late = JSON.parse(encodeCursor({ ...position, completed: 900n, pageState: "aa" }, identity));
  expect(decodeCursor(JSON.stringify({ ...early, t: late.t }), identity)).toEqual(start);
  expect(decodeCursor(JSON.stringify({ ...early, p: late.p }), identity)).toEqual(afterCompleted);
  expect(decodeCursor(JSON.stringify({ ...early, i: late.i }), identity)).toEqual(afterCompleted);
  expect(decodeCursor(JSON.stringify({ ...early, o: late.o }), identity)).toEqual(start);
});

describe("in another place", () => {
  const cursor = encodeCursor(position, identity);

  test("of another table, or of other bounds, a cursor starts the range again", () => {
    expect(decodeCursor(cursor, { ...identity, tableId: "another" })).toEqual(start);
    const half = { after: -1000n, upTo: 500n };
    expect(decodeCursor(cursor, { ...identity, range: half })).toEqual(start);
    const upper = { after: 0n, upTo: 1000n };
    expect(decodeCursor(cursor, { ...identity, range: upper }).after).toBe(0n);
  });

  test("under another statement, protocol or server version the paging state is not used", () => {
    expect(decodeCursor(cursor, { ...identity, statement: "SELECT a, c FROM b" })).toEqual(afterCompleted);
    expect(decodeCursor(cursor, { ...identity, protocol: "5/5.0.9" })).toEqual(afterCompleted);
    expect(decodeCursor(cursor, { ...identity, protocol: "4/4.1.10" })).toEqual(afterCompleted);
  });
});
