import { EventEmitter } from "node:events";
import { type JobState, NO_CONTROLS, tuned } from "@cassandra-rekey/core";
import type { StatusReport } from "@cassandra-rekey/engine";
import { describe, expect, it } from "vitest";
import Status from "../src/commands/status.ts";
import { noStyle } from "../src/terminal/style.ts";
import { statusLine } from "../src/text/status-line.ts";
import { statusText } from "../src/text/status-text.ts";
import { runCommand, untilAborted } from "./command-harness.ts";
import { FakeStream } from "./fake-stream.ts";
import { JOB_ID, statusReport, usersTable } from "./reports.ts";

describe("status", () => {
  it("shows tables, workers with what they wait for, and the last error", async () => {
    const tables = [
      {
        ...usersTable,
        chunks: { ...usersTable.chunks, failed: 2 },
        lastError: "CLUSTER.TIMEOUT: no\nanswer",
      },
    ];
    const engine = { status: async () => statusReport({ tables, quarantined: 5 }) };
    const { stdout, exitCode } = await runCommand(Status, [], { engine });
    expect(stdout).toBe(`Job ${JOB_ID} (rekey): running, created 2026-11-24 12:00:00Z

TABLE      PENDING  RUNNING  DONE  FAILED     %     ROWS  REKEYED  SKIPPED  RACED  QUARANTINED
app.users        3        1    12       2  75.0  120,000  119,000    1,000      -            0
last error of app.users: CLUSTER.TIMEOUT: no answer
5 cells in quarantine: no key opens them

PROCESS   ROWS/S    ROWS  PERMITS  HEARD OF  WAITING FOR
pod-1:17   8,150  60,000        4   2 s ago  read p99 61 ms is above 50 ms
`);
    expect(exitCode).toBe(0);
  });
});

describe("the status text", () => {
  const [worker] = statusReport().workers;
  const lines = (changes: Partial<StatusReport>, columns?: number) =>
    statusText(statusReport(changes), noStyle, columns).slice(2);

  it("has lines instead of a table where the terminal is narrow, and loses nothing", () => {
    const raced = { ...usersTable, name: "orders", rows: { ...usersTable.rows, raced: 3 } };
    expect(lines({ tables: [usersTable, raced], workers: [] }, 79)).toEqual([
      "app.users  75.0 %",
      "  chunks: 3 pending, 1 running, 12 done",
      "  rows: 120,000 scanned, 119,000 rekeyed, 1,000 skipped, 0 quarantined",
      "app.orders  75.0 %",
      "  chunks: 3 pending, 1 running, 12 done",
      "  rows: 120,000 scanned, 119,000 rekeyed, 1,000 skipped, 3 raced, 0 quarantined",
      "",
      "No process is at it now.",
    ]);
    expect(lines({}, 120)[0]).toMatch(/^TABLE/);
  });

  it("sums the rates of several processes, without those that have gone quiet", () => {
    const workers = [
      { ...worker!, rowsPerSecond: 100, ageSeconds: 1 },
      { ...worker!, host: "pod-2", rowsPerSecond: 23, ageSeconds: 15 },
      { ...worker!, host: "pod-3", rowsPerSecond: 5000, ageSeconds: 16, waiting: "something long ago" },
    ];
    expect(lines({ workers }).at(-1)).toBe("together: 123 rows/s in 2 processes");
    const line = statusLine(statusReport({ workers }));
    expect(line).toContain("2 processes  123 rows/s");
    expect(line).not.toContain("long ago");
  });

  it("tells what happened in each process, and of leases that are about to run out", () => {
    const counts = { retries: 3, raced: 1, quarantined: 5 };
    const leases = { held: 4, soonestMs: 14_000, lengthMs: 60_000 };
    const workers = [
      { ...worker!, ageSeconds: 5, counts, leases, controls: 1 },
      { ...worker!, host: "pod-2", leases: { ...leases, soonestMs: 55_000 } },
      { ...worker!, host: "pod-3", ageSeconds: 30, leases: { ...leases, held: 1 } },
      { ...worker!, host: "pod-4", counts: { retries: 0, raced: 0, quarantined: 0 } },
    ];
    const controls = tuned(tuned(NO_CONTROLS, { workers: 2 }, "ann", 0), { workers: 4 }, "bob@pod-1", 0);
    const text = statusText(statusReport({ workers, controls }), noStyle);
    expect(text.filter((line) => line.startsWith("  pod"))).toEqual([
      "  pod-1:17: 3 retries, 1 row won by the application, 5 cells quarantined, 4 chunks in hand, a lease runs out in 9 s unless it was renewed since, has not heard of the last change yet",
      "  pod-2:17: 4 chunks in hand",
      "  pod-3:17: 1 chunk in hand, a lease has run out unless it was renewed since",
    ]);
    expect(text[1]).toBe("tuned: workers 4 (last by bob@pod-1, 1970-01-01 00:00:00Z)");
  });

  it("shows no process at a job that is done", () => {
    expect(lines({ state: "done" }).at(-1)).toBe("No process is at it now.");
  });
});

describe("status --watch", () => {
  const states = (...list: readonly JobState[]) => {
    const reports = list.map((state) => statusReport({ state }));
    const asked: (string | undefined)[] = [];
    const status = async (jobId?: string): Promise<StatusReport> => {
      asked.push(jobId);
      return reports.shift() as StatusReport;
    };
    return { engine: { status }, asked };
  };

  it("goes on until the job has ended, with a line each time where it is not a terminal", async () => {
    const { engine, asked } = states("running", "paused", "done");
    const { stdout, exitCode } = await runCommand(Status, ["--watch"], { engine });
    const lines = stdout.split("\n");
    expect(lines[0]).toBe(
      `rekey ${JOB_ID}  running  75.0 %  120,000 rows  1 process  8,150 rows/s  waiting: read p99 61 ms is above 50 ms`,
    );
    expect(lines[1]).toContain("paused");
    expect(lines[2]).toContain(`Job ${JOB_ID} (rekey): done`);
    expect(exitCode).toBe(0);
    // The job that was found first is watched, also once it is no longer the one unfinished job.
    expect(asked).toEqual([undefined, JOB_ID, JOB_ID]);
  });

  it("draws again in place on a terminal, and shows the end once", async () => {
    const { engine } = states("running", "done");
    const { stdout } = await runCommand(Status, ["--watch"], { engine, terminal: true });
    expect(stdout.split("\u001b[J")).toHaveLength(2);
    expect(stdout.match(/\(rekey\): done/g)).toHaveLength(1);
  });

  it("shows each table's rate, and when it will be done with the spread, in a line where it is not a terminal", async () => {
    const orders = {
      ...usersTable,
      name: "orders",
      chunks: { ...usersTable.chunks, pending: 0, running: 0 },
    };
    const reports = Array.from({ length: 31 }, (_, n) => {
      const rows = { ...usersTable.rows, scanned: 1000 * n };
      return statusReport({ tables: [{ ...usersTable, rows, fraction: n / 60 }, orders] });
    });
    reports.push(statusReport({ state: "done" }));
    for (const terminal of [true, false]) {
      const left = [...reports];
      let nowMs = 0;
      const engine = { status: async () => left.shift()! };
      const sleep = async (ms: number) => {
        nowMs += ms;
      };
      const setting = { engine, sleep, nowMs: () => nowMs, terminal };
      const { stdout } = await runCommand(Status, ["--watch"], setting);
      if (terminal) {
        expect(stdout).toContain("app.users: 500 rows/s, done in about 1 min\n");
        expect(stdout).not.toContain("app.orders: ");
      } else expect(stdout).toMatch(/8,150 rows\/s {2}done in about .+ {2}waiting/);
    }
  });

  it("prints one object at the end with --json", async () => {
    const { engine } = states("running", "running", "failed");
    const { stdout, exitCode } = await runCommand(Status, ["--watch", "--json"], { engine });
    expect(JSON.parse(stdout)).toMatchObject({ state: "failed" });
    expect(exitCode).toBe(1);
  });

  it("ends with 130 at Ctrl-C", async () => {
    const signals = new EventEmitter();
    const { engine } = states("running", "done");
    const sleep = async (_ms: number, signal: AbortSignal) => {
      const aborted = untilAborted(signal);
      signals.emit("SIGINT", "SIGINT");
      return aborted;
    };
    expect((await runCommand(Status, ["--watch"], { engine, signals, sleep })).exitCode).toBe(130);
  });

  it("ends quietly when nobody reads any more", async () => {
    const { engine } = states("running", "done");
    const stdout = new FakeStream();
    const sleep = async (_ms: number, signal: AbortSignal) => {
      const aborted = untilAborted(signal);
      stdout.fail();
      return aborted;
    };
    const outcome = await runCommand(Status, ["--watch"], { engine, stdout, sleep });
    expect([outcome.exitCode, outcome.stderr]).toEqual([0, ""]);
  });
});
