import { EventEmitter } from "node:events";
import type { JobState } from "@cassandra-rekey/core";
import type { StatusReport } from "@cassandra-rekey/engine";
import { describe, expect, it } from "vitest";
import Status from "../src/commands/status.ts";
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

WORKER    ROWS/S    ROWS  PERMITS  HEARD OF  WAITING FOR
pod-1:17   8,150  60,000        4   2 s ago  read p99 61 ms is above 50 ms
`);
    expect(exitCode).toBe(0);
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
      `rekey ${JOB_ID}  running  75.0 %  120,000 rows  1 worker  8,150 rows/s  waiting: read p99 61 ms is above 50 ms`,
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
      stdout.breakPipe();
      return aborted;
    };
    const outcome = await runCommand(Status, ["--watch"], { engine, stdout, sleep });
    expect([outcome.exitCode, outcome.stderr]).toEqual([0, ""]);
  });
});
