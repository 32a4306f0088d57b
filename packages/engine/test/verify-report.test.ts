import { type Job, UNKNOWN_VERSION, UNKNOWN_WRITETIME, ZERO_TOTALS } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import type { CensusLine, RunReport } from "../src/reports.ts";
import { verifyReport } from "../src/verify-report.ts";
import { planned, stored } from "./simulated-job.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const job = stored(planned("j", [], { kind: "verify" }));

function line(keyVersion: string, cells: number, ageSeconds = 86_400): CensusLine {
  const newestWritetime = BigInt(NOW_MS - ageSeconds * 1000) * 1000n;
  return { keyspace: "app", table: "users", column: "email", keyVersion, cells, newestWritetime };
}

function report(
  census: readonly CensusLine[],
  outcome: RunReport["outcome"] = "done",
  changes: Partial<Job> = {},
) {
  const run: RunReport = {
    jobId: "j",
    kind: "verify",
    outcome,
    tables: [],
    totals: ZERO_TOTALS,
    census,
    quarantined: 0,
    young: 0,
    elapsedMs: 1,
    scanned: 1,
    estimateMs: undefined,
    notes: [],
  };
  const isTarget = ({ keyVersion }: { readonly keyVersion: string }) => keyVersion === "new";
  return verifyReport({ ...job, ...changes }, run, { text: "new", isTarget }, NOW_MS);
}

describe("verifyReport", () => {
  it("is clean when every cell is under the target key", () => {
    expect(report([line("new", 10)])).toMatchObject({ clean: true, findings: [], targetVersion: "new" });
    expect(report([])).toMatchObject({ clean: true });
  });

  it("is not clean before the sweep is complete", () => {
    expect(report([line("new", 10)], "interrupted").clean).toBe(false);
  });

  it("is of the moment when the last cell was read, not of when somebody asks for it again", () => {
    const running = report([], "done", { state: "running" });
    expect(running).toMatchObject({ finishedAt: NOW_MS, stored: false });
    const before = report([], "done", { state: "done", finishedAt: NOW_MS - 5 });
    expect(before).toMatchObject({ finishedAt: NOW_MS - 5, stored: true });
    expect(report([], "done", { state: "done" })).not.toHaveProperty("finishedAt");
    expect(report([], "interrupted", { state: "running" })).not.toHaveProperty("finishedAt");
  });

  it("counts cells that no key opens as quarantined, and is not clean", () => {
    const found = report([line("new", 10), line(UNKNOWN_VERSION, 3)]);
    expect(found).toMatchObject({ clean: false, quarantined: 3 });
    expect(found.findings).toEqual([
      "app.users.email: 3 cells that no key of the keyring opens: newest 24 h ago",
    ]);
  });

  it("says so where the server does not tell when a cell was written", () => {
    const untold = { ...line("old", 2), newestWritetime: UNKNOWN_WRITETIME };
    expect(report([untold]).findings).toEqual([
      "app.users.email: 2 cells old: still under the old key: written at a time that the server does not tell",
    ]);
  });

  it.each([
    [14, "some application still writes with the old key: newest 14 s ago"],
    [0, "some application still writes with the old key: newest 0 s ago"],
    [300, "some application still writes with the old key: newest 5 min ago"],
    [7_200, "still under the old key: newest 2 h ago"],
    [864_000, "still under the old key: newest 10 days ago"],
    [-86_400, "still under the old key: newest dated in the future"],
    [-5, "some application still writes with the old key: newest dated in the future"],
  ])("says of an old-key cell written %d s ago: %s", (age, text) => {
    expect(report([line("old", 1, age)]).findings).toEqual([`app.users.email: 1 cell old: ${text}`]);
  });
});
