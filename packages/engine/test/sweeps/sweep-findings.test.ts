import { UNKNOWN_VERSION, ZERO_TOTALS } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import type { RunReport } from "../../src/reports.ts";
import { foundNothing, isStuck, sweepFindings } from "../../src/sweeps/sweep-findings.ts";

const NOW = 1_764_000_000_000;
const isTarget = ({ keyVersion }: { readonly keyVersion: string }) => keyVersion === "v2";

function report(changes: Partial<RunReport> = {}, totals: Partial<RunReport["totals"]> = {}): RunReport {
  return {
    ...{ jobId: "j", kind: "rekey", outcome: "done", tables: [], quarantined: 0, young: 0 },
    ...{ elapsedMs: 1, scanned: 1, estimateMs: undefined, notes: [] },
    census: [line("v2")],
    totals: { ...ZERO_TOTALS, ...totals },
    ...changes,
  };
}

function line(keyVersion: string, agoMs = 14_000, cells = 42) {
  const newestWritetime = BigInt(NOW - agoMs) * 1000n;
  return { keyspace: "app", table: "users", column: "email", keyVersion, cells, newestWritetime };
}

describe("a sweep", () => {
  it("that found everything under the target key, or nothing at all, is clean", () => {
    expect(foundNothing(report(), isTarget)).toBe(true);
    expect(foundNothing(report({ census: [] }), isTarget)).toBe(true);
    expect(foundNothing(report({ census: [line("v2"), line(UNKNOWN_VERSION)] }), isTarget)).toBe(true);
  });

  it.each([
    ["rewrote something", report({}, { cellsRekeyed: 1 })],
    ["left something young", report({}, { young: 1 })],
    ["saw a previous key", report({ census: [line("v2"), line("v1")] })],
    ["did not end", report({ outcome: "interrupted" })],
  ])("that %s is not", (_, unclean) => {
    expect(foundNothing(unclean, isTarget)).toBe(false);
  });

  it("is stuck when it rewrote nothing and something cannot be rewritten", () => {
    expect(isStuck(report({ quarantined: 1 }))).toBe(true);
    expect(isStuck(report({ quarantined: 1 }, { young: 1 }))).toBe(false);
    expect(isStuck(report({ quarantined: 1 }, { cellsRekeyed: 1 }))).toBe(false);
    expect(isStuck(report())).toBe(false);
  });

  it("names an instance that still writes only where the cells were written since the sweep before", () => {
    const scene = { isTarget, number: 3, wallMs: NOW, sincePreviousMs: 60_000 };
    const found = (agoMs: number, since: number | undefined) =>
      sweepFindings(report({ census: [line("v1", agoMs)] }), { ...scene, sincePreviousMs: since })[0];
    expect(found(14_000, 60_000)).toBe(
      "app.users.email: sweep 3 found 42 cells under v1, about 42 a minute: an application instance still writes with it: newest 14 s ago",
    );
    expect(found(14_000, 600_000)).toContain("about 4.2 a minute");
    expect(found(90_000, 60_000)).toBe("app.users.email: sweep 3 found 42 cells under v1: newest 90 s ago");
    expect(found(14_000, undefined)).not.toContain("a minute");
    expect(found(-5_000, 60_000)).toContain(
      "about 42 a minute: an application instance still writes with it",
    );
    expect(found(-90_000, 60_000)).toBe(
      "app.users.email: sweep 3 found 42 cells under v1: newest dated in the future",
    );
  });
});
