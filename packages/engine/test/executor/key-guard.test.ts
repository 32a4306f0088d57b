import type { QuarantineEntry } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { KeyGuard } from "../../src/executor/key-guard.ts";

const entry: QuarantineEntry = { table: "t", column: "c", key: [], reason: "", writetime: 1n };
const page = (cells: number, opened: number) => ({
  cells,
  opened,
  quarantine: Array.from({ length: cells - opened }, () => entry),
});
const wrongKey = expect.objectContaining({ code: "JOB.WRONG_KEY" });

describe("KeyGuard", () => {
  it("stops the job when none of the first 1,000 cells opens, over however many pages", () => {
    const guard = new KeyGuard(10_000, 0, 0);
    for (let n = 0; n < 9; n += 1) guard.check(page(111, 0), "users", 0);
    expect(() => guard.check(page(1, 0), "users", 0)).toThrow(wrongKey);
  });

  it("lets a job go on in which a single cell opened, now or in an earlier run", () => {
    const guard = new KeyGuard(10_000, 0, 0);
    guard.check(page(999, 1), "users", 0);
    guard.check(page(2_000, 0), "users", 0);
    new KeyGuard(10_000, 1, 0).check(page(2_000, 0), "users", 0);
  });

  it("stops the job past max_quarantined cells, with those of earlier runs", () => {
    const guard = new KeyGuard(10, 5, 8);
    guard.check(page(50, 48), "users", 0);
    expect(() => guard.check(page(50, 49), "users", 0)).toThrow(wrongKey);
  });

  it("stops at the first when none is allowed", () => {
    const guard = new KeyGuard(0, 0, 0);
    guard.check(page(50, 50), "users", 0);
    expect(() => guard.check(page(50, 49), "users", 0)).toThrow(wrongKey);
  });

  it("counts a page that is read again once, and the later visit not at all", () => {
    const guard = new KeyGuard(10, 0, 0);
    for (let n = 0; n < 5; n += 1) {
      guard.check(page(50, 44), "users", 0);
      guard.forget(page(50, 44), 0);
    }
    guard.check(page(50, 44), "users", 0);
    for (let n = 0; n < 5; n += 1) guard.check(page(50, 44), "users", 1);
    guard.forget(page(50, 44), 1);
    expect(() => guard.check(page(50, 45), "users", 0)).toThrow(wrongKey);
  });
});
