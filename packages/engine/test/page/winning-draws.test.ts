import type { Cell, CellColumn, Row, TableShape } from "@cassandra-rekey/core";
import { SeededRandom } from "@cassandra-rekey/testkit";
import { describe, expect, it } from "vitest";
import type { Slot } from "../../src/page/page-slots.ts";
import { drawWinners, MOST_DRAWS } from "../../src/page/winning-draws.ts";

const COLUMN: CellColumn = { name: "v", type: "blob", form: "binary" };
const shape = (column: CellColumn) => ({ columns: [column] }) as unknown as TableShape;
const rowOf = (value: Uint8Array): Row => {
  const cell: Cell = { value, writetime: 1n, ttl: undefined };
  return { token: 1n, key: [], cells: [cell], label: undefined };
};
const slot = (row: number, more: Partial<Slot> = {}): Slot => ({ row, column: 0, place: "v", ...more });

/** Draws for cells of 8 random bytes, under a key whose ciphertexts are 8 random bytes. */
async function draw(values: readonly Uint8Array[], random = new SeededRandom(7)) {
  const asked: (readonly number[])[] = [];
  const drawn = await drawWinners({
    table: shape(COLUMN),
    rows: values.map(rowOf),
    slots: values.map((_, row) => slot(row)),
    seal: async (indexes) => {
      asked.push(indexes);
      return indexes.map(() => random.bytes(8));
    },
  });
  return { ...drawn, asked };
}
const larger = (one: Uint8Array, other: Uint8Array) => Buffer.compare(one, other) > 0;

describe("drawing ciphertexts", () => {
  it("gives every cell a larger value, but for those near the top, which it names", async () => {
    const random = new SeededRandom(3);
    const values = Array.from({ length: 2000 }, () => random.bytes(8));
    const { fresh, lost, asked } = await draw(values);
    const losers = new Set(lost.map(({ row }) => row));
    values.forEach((value, row) => {
      if (!losers.has(row)) expect(larger(fresh[row]!, value)).toBe(true);
    });
    // One in 256 is expected; each of them is within the last few hundredths of what there is.
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.length).toBeLessThan(20);
    for (const row of losers) expect(values[row]![0]).toBeGreaterThan(240);
    const draws = asked.flat().length / values.length;
    expect(draws).toBeGreaterThan(6);
    expect(draws).toBeLessThan(10);
    // Never more at once than the page holds.
    expect(Math.max(...asked.map((indexes) => indexes.length))).toBe(values.length);
  });

  it("gives up where no draw can win, after as many as it may", async () => {
    const { lost, asked } = await draw([Buffer.alloc(9, 0xff), Buffer.alloc(1)]);
    expect(lost).toEqual([slot(0)]);
    expect(asked.flat().filter((index) => index === 0)).toHaveLength(MOST_DRAWS);
    expect(asked.flat().filter((index) => index === 1)).toHaveLength(1);
  });

  it("takes the smallest of several winners, and a tie for no winner", async () => {
    const draws = [0x40, 0x40, 0x90, 0x80].map((byte) => Buffer.of(byte));
    const { fresh, lost } = await drawWinners({
      table: shape(COLUMN),
      rows: [rowOf(Buffer.of(0x40))],
      slots: [slot(0)],
      seal: async (indexes) => indexes.map(() => draws.shift()!),
    });
    // Of 0x40, a tie, nothing is left; then 0x40 and 0x90 are drawn.
    expect(fresh).toEqual([Buffer.of(0x90)]);
    expect(lost).toEqual([]);
  });

  it("compares a frozen value as a whole, and draws all of its ciphertexts together", async () => {
    const leaves = { kind: "list", of: { kind: "leaf", form: "binary", path: "[*]" } } as const;
    const list = (...items: number[]) =>
      Buffer.from([0, 0, 0, items.length, ...items.flatMap((item) => [0, 0, 0, 1, item])]);
    const draws = [10, 99, 20, 0, 30, 0];
    const { fresh, lost } = await drawWinners({
      table: shape({ ...COLUMN, type: "frozen<list<blob>>", leaves }),
      rows: [rowOf(list(15, 50))],
      slots: [slot(0, { leaf: 0 }), slot(0, { leaf: 1 })],
      seal: async (indexes) => indexes.map(() => Buffer.of(draws.shift()!)),
    });
    // The first pair begins with 10, which loses whatever follows; of the other two, 20 is the smaller.
    expect(fresh).toEqual([Buffer.of(20), Buffer.of(0)]);
    expect(lost).toEqual([]);
  });
});

describe("what a coin toss becomes", () => {
  it("leaves one in four to a later write at the same timestamp, which without the rewrite had one in two", async () => {
    const random = new SeededRandom(11);
    const values = Array.from({ length: 3000 }, () => random.bytes(8));
    const later = values.map(() => random.bytes(8));
    const { fresh } = await draw(values, random);
    const wins = (over: readonly Uint8Array[]) =>
      later.filter((value, index) => larger(value, over[index]!)).length / later.length;
    expect(wins(values)).toBeCloseTo(0.5, 1);
    expect(wins(fresh)).toBeGreaterThan(0.2);
    expect(wins(fresh)).toBeLessThan(0.35);
    // Each further rotation starts nearer to the top.
    const second = await draw(fresh, random);
    expect(second.lost.length).toBeGreaterThan(values.length * 0.005);
    expect(second.lost.length).toBeLessThan(values.length * 0.03);
  });
});
