import { type QuarantineEntry, UNKNOWN_VERSION } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { KeyGuard } from "../../src/executor/key-guard.ts";

const entry: QuarantineEntry = { table: "t", column: "c", key: [], reason: "", writetime: 1n };
const page = (cells: number, opened: number, column = "c") => ({
  census: [
    { column, keyVersion: "v1", cells: opened, newestWritetime: 1n },
    { column, keyVersion: UNKNOWN_VERSION, cells: cells - opened, newestWritetime: 1n },
  ],
  quarantine: Array.from({ length: cells - opened }, () => entry),
});
const users = {
  table: { id: "users" },
  keyringOf: (column: string) => (column === "card" ? "cards" : "keys"),
};
const before = (cells: number) => new Map([["keys", cells]]);
const wrongKey = expect.objectContaining({ code: "JOB.WRONG_KEY" });

describe("KeyGuard", () => {
  it("stops the job when none of the first 1,000 cells opens, over however many pages", () => {
    const guard = new KeyGuard(10_000, before(0), 0);
    for (let n = 0; n < 9; n += 1) guard.check(page(111, 0), users, 0);
    expect(() => guard.check(page(1, 0), users, 0)).toThrow(wrongKey);
  });

  it("lets a job go on in which a single cell opened, now or in an earlier run", () => {
    const guard = new KeyGuard(10_000, before(0), 0);
    guard.check(page(999, 1), users, 0);
    guard.check(page(2_000, 0), users, 0);
    new KeyGuard(10_000, before(1), 0).check(page(2_000, 0), users, 0);
  });

  it("stops the job when a column's own keyring is wrong, whatever the others open", () => {
    const guard = new KeyGuard(10_000, before(1_000_000), 0);
    guard.check(page(5_000, 5_000), users, 0);
    guard.check(page(999, 0, "card"), users, 0);
    expect(() => guard.check(page(1, 0, "card"), users, 0)).toThrow(
      expect.objectContaining({
        code: "JOB.WRONG_KEY",
        message: expect.stringContaining("none of the first 1000 cells under the keyring cards"),
      }),
    );
  });

  it("stops the job past max_quarantined cells, with those of earlier runs", () => {
    const guard = new KeyGuard(10, before(5), 8);
    guard.check(page(50, 48), users, 0);
    expect(() => guard.check(page(50, 49), users, 0)).toThrow(wrongKey);
  });

  it("stops at the first when none is allowed", () => {
    const guard = new KeyGuard(0, before(0), 0);
    guard.check(page(50, 50), users, 0);
    expect(() => guard.check(page(50, 49), users, 0)).toThrow(wrongKey);
  });

  it("counts a page that is read again once, and the later visit not at all", () => {
    const guard = new KeyGuard(10, before(0), 0);
    for (let n = 0; n < 5; n += 1) {
      guard.check(page(50, 44), users, 0);
      guard.forget(page(50, 44), users, 0);
    }
    guard.check(page(50, 44), users, 0);
    for (let n = 0; n < 5; n += 1) guard.check(page(50, 44), users, 1);
    guard.forget(page(50, 44), users, 1);
    expect(() => guard.check(page(50, 45), users, 0)).toThrow(wrongKey);
  });
});
