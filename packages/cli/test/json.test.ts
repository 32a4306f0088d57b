import type { Job } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { doctorToJson } from "../src/json/doctor-json.ts";
import { jobsToJson } from "../src/json/jobs-json.ts";
import { planToJson } from "../src/json/plan-json.ts";
import { runToJson } from "../src/json/run-json.ts";
import { statusToJson } from "../src/json/status-json.ts";
import { verifyToJson } from "../src/json/verify-json.ts";
import { writetimeToJson } from "../src/json/writetime-json.ts";
import { JOB_ID, runReport, statusReport, usersTable, verifyReport } from "./reports.ts";

const chunks = { pending: 3, running: 1, done: 12, failed: 0 };
const rows = { scanned: 120_000, rekeyed: 119_000, skipped: 1000, raced: null, quarantined: 0 };
const throughText = (value: object) => JSON.parse(JSON.stringify(value)) as object;

describe("what scripts rely on", () => {
  it("plan", () => {
    const json = planToJson({
      jobId: JOB_ID,
      tables: [{ keyspace: "app", name: "users", chunks: 16, writeMode: "fenced" }],
      warnings: [],
    });
    expect(json).toMatchObject({ jobId: JOB_ID, tables: [{ keyspace: "app", name: "users", chunks: 16 }] });
  });

  it("status", () => {
    expect(throughText(statusToJson(statusReport()))).toMatchObject({
      jobId: JOB_ID,
      state: "running",
      tables: [{ name: "users", chunks, rows }],
      workers: [{ host: "pod-1", permits: 4, waiting: "read p99 61 ms is above 50 ms" }],
    });
  });

  it("status of a job that records no keyspace says null rather than nothing", () => {
    const tables = [{ ...usersTable, keyspace: undefined }];
    expect(throughText(statusToJson(statusReport({ tables, origin: "python" })))).toMatchObject({
      origin: "python",
      tables: [{ keyspace: null, lastError: null }],
    });
  });

  it("verify", () => {
    expect(throughText(verifyToJson(verifyReport()))).toMatchObject({
      clean: true,
      census: [
        {
          keyspace: "app",
          table: "users",
          column: "email",
          keyVersion: "v2",
          cells: 120_000,
          newestWritetime: 1_764_000_000_000_001,
        },
      ],
      quarantined: 0,
    });
  });

  it("run", () => {
    expect(throughText(runToJson(runReport()))).toMatchObject({
      jobId: JOB_ID,
      kind: "rekey",
      outcome: "done",
      tables: [{ name: "users", chunks, rows }],
      totals: { cellsRekeyed: 238_000 },
      estimateMs: null,
    });
  });

  it("doctor and jobs", () => {
    expect(
      doctorToJson({ ok: false, checks: [{ level: "FAIL", check: "cluster.version", message: "3.11" }] }),
    ).toEqual({
      ok: false,
      checks: [{ level: "FAIL", check: "cluster.version", table: null, message: "3.11", next: null }],
    });
    const job: Job = {
      id: JOB_ID,
      kind: "rekey",
      state: "planned",
      createdAt: 0,
      tables: [],
      origin: "cassandra-rekey",
    };
    expect(jobsToJson([job])).toMatchObject({
      jobs: [{ jobId: JOB_ID, state: "planned", createdAt: "1970-01-01T00:00:00.000Z" }],
    });
  });
});

describe("writetimes", () => {
  it("are numbers where a double holds them exactly, else text", () => {
    expect(writetimeToJson(9_007_199_254_740_991n)).toBe(9_007_199_254_740_991);
    expect(writetimeToJson(9_007_199_254_740_992n)).toBe("9007199254740992");
    expect(writetimeToJson(2n ** 63n - 1n)).toBe("9223372036854775807");
    expect(writetimeToJson(-(2n ** 63n))).toBe("-9223372036854775808");
  });
});
