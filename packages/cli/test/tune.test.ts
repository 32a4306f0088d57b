import { NO_CONTROLS, tuned } from "@cassandra-rekey/core";
import type { Engine } from "@cassandra-rekey/engine";
import { describe, expect, it, vi } from "vitest";
import Tune from "../src/commands/tune.ts";
import { runCommand } from "./command-harness.ts";
import { JOB_ID } from "./reports.ts";

const AT = Date.UTC(2026, 10, 25, 12, 30, 0);

function engineWith(before = NO_CONTROLS) {
  const tune = vi.fn<Engine["tune"]>(async ({ change, by }) => ({
    jobId: JOB_ID,
    state: "running",
    ...(Object.keys(change).length === 0 ? before : tuned(before, change, by, AT)),
  }));
  return { engine: { tune }, tune };
}

describe("tune", () => {
  it("changes what is given, and says who set what and when", async () => {
    const { engine, tune } = engineWith();
    const argv = ["--max-rows-per-second", "1500.5", "--workers", "4", "--by", "ann@laptop"];
    const { stdout, exitCode } = await runCommand(Tune, argv, { engine });
    expect(tune.mock.lastCall?.[0]).toMatchObject({
      change: { maxRowsPerSecond: 1500.5, workers: 4 },
      by: "ann@laptop",
    });
    expect(
      stdout,
    ).toBe(`Job ${JOB_ID}: tuned: workers 4, max-rows-per-second 1500.5 (last by ann@laptop, 2026-11-25 12:30:00Z)
Changes, newest first
  2026-11-25 12:30:00Z  ann@laptop: workers 4, max-rows-per-second 1500.5
`);
    expect(exitCode).toBe(0);
  });

  it("gives settings back to the configuration", async () => {
    const { engine, tune } = engineWith(tuned(NO_CONTROLS, { workers: 4 }, "ann", AT));
    const { stdout } = await runCommand(Tune, ["--workers", "default", "--by", "bob"], { engine });
    expect(tune.mock.lastCall?.[0].change).toEqual({ workers: null });
    expect(stdout).toContain("nothing is set: all is as configured");
    expect(stdout).toContain("bob: workers default");
  });

  it("only shows what is set when nothing is to be changed, as JSON too", async () => {
    const { engine, tune } = engineWith(tuned(NO_CONTROLS, { thresholdMs: 20, maxInFlight: 8 }, "ann", AT));
    const { stdout } = await runCommand(Tune, ["--json"], { engine });
    expect(tune.mock.lastCall?.[0].change).toEqual({});
    expect(JSON.parse(stdout)).toEqual({
      jobId: JOB_ID,
      state: "running",
      settings: { workers: null, maxRowsPerSecond: null, thresholdMs: 20, maxInFlight: 8 },
      revision: 1,
      history: [
        {
          revision: 1,
          by: "ann",
          at: "2026-11-25T12:30:00.000Z",
          change: { thresholdMs: 20, maxInFlight: 8 },
        },
      ],
    });
  });

  it("names the user and the host when nobody is named", async () => {
    const { engine, tune } = engineWith();
    await runCommand(Tune, ["--workers", "1"], { engine });
    expect(tune.mock.lastCall?.[0].by).toMatch(/^.+@.+$/);
  });

  it("records no change of nobody", async () => {
    const { engine, tune } = engineWith();
    const { stderr, exitCode } = await runCommand(Tune, ["--workers=1", "--by="], { engine });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("--by must not be empty")]);
    expect(tune).not.toHaveBeenCalled();
  });

  it.each([
    ["--workers", "0"],
    ["--workers", "1.5"],
    ["--workers", "2000"],
    ["--max-rows-per-second", "0"],
    ["--max-rows-per-second", "fast"],
    ["--threshold-ms=-5"],
    ["--max-in-flight", "5000"],
  ])("refuses %s %s, before anything is changed", async (...argv) => {
    const { engine, tune } = engineWith();
    const { stderr, exitCode } = await runCommand(
      Tune,
      argv.filter((word) => word !== undefined),
      { engine },
    );
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /^Error \[USAGE\.INVALID\]: --[\w-]+ must be a (whole )?number[^\n]+ or default\nNext: [^\n]+\n$/,
    );
    expect(tune).not.toHaveBeenCalled();
  });
});
