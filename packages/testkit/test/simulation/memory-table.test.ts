import { describe, expect, it } from "vitest";
import { MemoryTable } from "../../src/simulation/memory-table.ts";
import { VirtualTime } from "../../src/simulation/virtual-time.ts";

const bytes = (text: string) => Buffer.from(text);
const key = (pk: string, ck = "1") => [bytes(pk), bytes(ck)];

function open(options: { gcGraceSeconds?: number; defaultTimeToLive?: number } = {}) {
  const time = new VirtualTime();
  const table = new MemoryTable({ columns: ["email"], label: "v", ...options }, () => time.utcMs);
  const email = () => table.row(key("a"))?.cells[0];
  return { time, table, email };
}

describe("MemoryTable", () => {
  it("keeps the newest write whatever the order of arrival", () => {
    const { table, email } = open();
    table.update(key("a"), { email: bytes("new") }, { timestamp: 20n });
    table.update(key("a"), { email: bytes("old") }, { timestamp: 10n });
    expect(email()).toEqual({ value: Uint8Array.from(bytes("new")), writetime: 20n, ttl: undefined });
  });

  it("covers with a deletion what is as old as it or older, and what arrives late", () => {
    const { table, email } = open();
    table.insert(key("a"), { email: bytes("x") }, { timestamp: 10n });
    table.deleteRow(key("a"), { timestamp: 10n });
    table.update(key("a"), { email: bytes("late") }, { timestamp: 9n });
    expect(table.row(key("a"))).toBeUndefined();
    table.update(key("a"), { email: bytes("fresh") }, { timestamp: 11n });
    expect(email()?.writetime).toBe(11n);
  });

  it("lets a late write through once the tombstone is purged", async () => {
    const { time, table, email } = open({ gcGraceSeconds: 1 });
    const writetime = table.insert(key("a"), { email: bytes("x") });
    table.deleteRow(key("a"));
    await time.advance(3_000);
    table.compact();
    table.write(key("a"), { column: "email", value: bytes("back"), timestamp: writetime + 1n, ttl: 0 });
    expect(email()).toBeDefined();
  });

  it("deletes a partition, with the rows that come later with older timestamps", () => {
    const { table } = open();
    table.insert(key("a", "1"), { email: bytes("x") }, { timestamp: 10n });
    table.deletePartition(bytes("a"), { timestamp: 15n });
    table.insert(key("a", "2"), { email: bytes("y") }, { timestamp: 12n });
    table.insert(key("a", "3"), { email: bytes("z") }, { timestamp: 16n });
    expect(table.rows().map((row) => String(row.key[1]))).toEqual(["3"]);
  });

  it("counts a TTL down and ends the cell in its second", async () => {
    const { time, table, email } = open();
    table.update(key("a"), { email: bytes("x") }, { ttl: 5 });
    await time.advance(3_000);
    expect(email()?.ttl).toBe(2);
    await time.advance(2_000);
    expect(table.row(key("a"))).toBeUndefined();
  });

  it("keeps a row alive by INSERT's marker alone, and not by UPDATE", () => {
    const { table } = open();
    table.insert(key("a"), { email: bytes("x") });
    table.update(key("b"), { email: bytes("x") });
    table.update(key("a"), { email: null });
    table.update(key("b"), { email: null });
    expect(table.row(key("a"))?.cells).toEqual([undefined]);
    expect(table.row(key("b"))).toBeUndefined();
  });

  it("uses the table's default TTL for the application, and none where a write says 0", () => {
    const { table } = open({ defaultTimeToLive: 60 });
    table.update(key("a"), { email: bytes("x") });
    expect(table.expiry(key("a"), "email")).toBe(table.nowSeconds + 60);
    table.write(key("b"), { column: "email", value: bytes("x"), timestamp: 1n, ttl: 0 });
    expect(table.row(key("b"))?.cells[0]?.ttl).toBeUndefined();
  });

  it("orders rows by token, then key, and never stamps two writes alike", () => {
    const { table } = open();
    const stamps = Array.from({ length: 50 }, (_, index) =>
      table.insert(key(`p${index % 7}`, `c${index}`), { email: bytes("x") }),
    );
    expect(new Set(stamps).size).toBe(50);
    const tokens = table.rows().map((row) => row.token);
    expect(tokens).toEqual([...tokens].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    expect(new Set(tokens).size).toBe(7);
  });
});
