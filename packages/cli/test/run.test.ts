import { EventEmitter } from "node:events";
import { RekeyError } from "@cassandra-rekey/core";
import type { RunReport, RunRequest } from "@cassandra-rekey/engine";
import { describe, expect, it } from "vitest";
import Run from "../src/commands/run.ts";
import { runCommand, untilAborted } from "./command-harness.ts";
import { FakeStream } from "./fake-stream.ts";
import { JOB_ID, runProgress, runReport } from "./reports.ts";

const PLANNED_ID = "6d1f0c52-9a51-4f6e-8f43-0b8d7c2f3e10";
const goOn = `To go on: cassandra-rekey run --config config.yaml --job-id ${JOB_ID}\n`;

describe("run", () => {
  it.each([
    [{}, 0],
    [{ quarantined: 2 }, 1],
    [{ young: 3 }, 1],
    [{ kind: "dry-run" as const, young: 3 }, 0],
    [{ outcome: "interrupted" as const, quarantined: 2 }, 130],
    [{ sweeps: { count: 2, clean: true, findings: [] } }, 0],
    [{ sweeps: { count: 5, clean: false, findings: ["app.users.email: found"] } }, 1],
  ])("that reports %j ends with %i", async (changes, exit) => {
    const engine = { run: async () => runReport(changes) };
    expect((await runCommand(Run, [], { engine })).exitCode).toBe(exit);
  });

  it("passes job and workers on, and shows the result", async () => {
    let asked: RunRequest | undefined;
    const engine = {
      run: async (request?: RunRequest) => {
        asked = request;
        return runReport({ notes: ["3 retries"] });
      },
    };
    const { stdout, closed } = await runCommand(Run, ["--job-id", JOB_ID, "--workers", "4"], { engine });
    expect(asked).toMatchObject({ jobId: JOB_ID, workers: 4 });
    expect(stdout).toContain(`Job ${JOB_ID} (rekey): done, 8 s, 120,000 rows scanned here at 15,000 rows/s`);
    expect(stdout).toContain("238,000 cells rekeyed");
    expect(stdout).toContain("3 retries");
    expect(closed).toBe(true);
  });

  it("says when a verdict is of that was stored before: nothing was read for it", async () => {
    const finishedAt = Date.UTC(2026, 10, 24, 12, 53, 11);
    const sweeps = { count: 2, clean: true, findings: [] };
    const engine = { run: async () => runReport({ stored: true, finishedAt, sweeps }) };
    const { stdout } = await runCommand(Run, ["--until-clean", "--job-id", JOB_ID], { engine });
    expect(stdout).toContain("done 2026-11-24 12:53:11Z,");
    expect(stdout).toContain("It was finished before: nothing was read again.");
    const json = await runCommand(Run, ["--json"], { engine });
    expect(JSON.parse(json.stdout)).toMatchObject({ stored: true, finishedAt: "2026-11-24T12:53:11.000Z" });
    const fresh = await runCommand(Run, [], { engine: { run: async () => runReport({ sweeps }) } });
    expect(fresh.stdout).not.toContain("finished before");
  });

  it.each(["0", "1025", "1e9"])("refuses %s workers in one line", async (workers) => {
    const { stderr, exitCode } = await runCommand(Run, ["--workers", workers], { engine: {} });
    expect(stderr).toMatch(
      /^Error \[USAGE\.INVALID\]: --workers: Expected an integer [^\n]+\nNext: [^\n]+\n$/,
    );
    expect(exitCode).toBe(2);
  });

  it("shows progress on standard error only, and none with --json", async () => {
    const engine = {
      run: async (request?: RunRequest) => {
        request?.onProgress?.(runProgress());
        return runReport();
      },
    };
    const text = await runCommand(Run, [], { engine });
    expect(text.stderr).toContain("16,300 rows/s");
    expect(text.stdout).not.toContain("16,300 rows/s");
    const json = await runCommand(Run, ["--json"], { engine });
    expect(json.stderr).toBe("");
    expect(JSON.parse(json.stdout)).toMatchObject({ jobId: JOB_ID, outcome: "done" });
  });

  it.each([
    [["--dry-run"], false, "dry"],
    [[], true, "dry"],
    [["--no-dry-run"], true, "run"],
    [[], false, "run"],
  ])("%j with dry_run: %s in the file is a %s run", async (argv, dryRun, expected) => {
    const called: string[] = [];
    const engine = {
      run: async () => {
        called.push("run");
        return runReport();
      },
      dryRun: async () => {
        called.push("dry");
        return runReport({ kind: "dry-run", estimateMs: 3_930_000 });
      },
    };
    const { stdout } = await runCommand(Run, argv, { engine, dryRun });
    expect(called).toEqual([expected]);
    expect(stdout.includes("about 1 h 5 min")).toBe(expected === "dry");
  });

  it.each([
    ["the job that was named", PLANNED_ID, ` --job-id ${PLANNED_ID}`],
    ["no job where the dry run itself was named, to go on with it", JOB_ID, ""],
  ])("of a dry run, the next step names %s", async (_, named, expected) => {
    const engine = { dryRun: async () => runReport({ kind: "dry-run" }) };
    const { stdout } = await runCommand(Run, ["--dry-run", "--job-id", named], { engine });
    expect(stdout).toMatch(new RegExp(`^Next: .* run --config \\S+${expected}$`, "m"));
  });

  it("stops gracefully at the first signal, and says how to go on", async () => {
    const signals = new EventEmitter();
    const engine = {
      run: async (request?: RunRequest) => {
        const stopped = untilAborted(request?.stop);
        signals.emit("SIGTERM", "SIGTERM");
        await stopped.catch(() => {});
        return runReport({ outcome: request?.abort?.aborted ? "done" : "interrupted" });
      },
    };
    const { stderr, exitCode } = await runCommand(Run, [], { engine, signals });
    expect(exitCode).toBe(130);
    expect(stderr).toContain("Stopping after the page in hand");
    expect(stderr).toContain(goOn);
  });

  it("aborts at the second signal, and says how to go on", async () => {
    const signals = new EventEmitter();
    const engine = {
      run: async (request?: RunRequest) => {
        request?.onProgress?.(runProgress());
        const aborted = untilAborted(request?.abort);
        signals.emit("SIGINT", "SIGINT");
        signals.emit("SIGINT", "SIGINT");
        return aborted;
      },
    };
    const { stderr, exitCode, closed } = await runCommand(Run, [], { engine, signals });
    expect(exitCode).toBe(130);
    expect(closed).toBe(true);
    expect(stderr).toContain("Error [INTERRUPTED]: Interrupted by SIGINT.\n");
    expect(stderr).toContain(goOn);
    const json = await runCommand(Run, ["--json"], { engine, signals });
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: "INTERRUPTED" } });
  });

  it("ends the process at the third signal when the engine does not obey, still saying why", async () => {
    const signals = new EventEmitter();
    const { promise: never } = Promise.withResolvers<never>();
    const stdout = new FakeStream();
    const engine = {
      run: async () => {
        for (let times = 0; times < 3; times++) signals.emit("SIGINT", "SIGINT");
        return never;
      },
    };
    const quits: number[] = [];
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const quit = (code: number) => {
      quits.push(code);
      end();
    };
    void runCommand(Run, ["--json"], { engine, signals, stdout, quit });
    await ended;
    expect(quits).toEqual([130]);
    expect(JSON.parse(stdout.text)).toMatchObject({ error: { code: "INTERRUPTED" } });
  });

  it("shows the configuration's warnings where its work begins", async () => {
    const engine = { run: async () => runReport() };
    const setting = { engine, warnings: ["config.yaml:4:1 odd"] };
    expect((await runCommand(Run, [], setting)).stderr).toBe("Warning: config.yaml:4:1 odd\n");
    expect((await runCommand(Run, ["--json"], setting)).stderr).toBe("");
  });

  it("ends with 3 when a table changed", async () => {
    const engine = {
      run: async () => {
        throw new RekeyError("SCHEMA.DRIFT", "app.users changed");
      },
    };
    expect((await runCommand(Run, [], { engine })).exitCode).toBe(3);
  });
});

describe("run --until-clean", () => {
  it("is passed on, kept for going on, and says what kept the job from becoming clean", async () => {
    let asked: RunRequest | undefined;
    const sweeps = { count: 5, clean: false, findings: ["app.users.email: sweep 5 found 41 cells under v1"] };
    let outcome: RunReport["outcome"] = "done";
    const engine = {
      run: async (request?: RunRequest) => {
        asked = request;
        return runReport({ outcome, sweeps });
      },
    };
    const over = await runCommand(Run, ["--until-clean"], { engine });
    expect(over.stdout).toContain(`${sweeps.findings[0]}\nNot clean after 5 sweeps.`);
    outcome = "interrupted";
    const { stdout, stderr } = await runCommand(Run, ["--until-clean"], { engine });
    expect(asked?.untilClean).toBe(true);
    expect(stdout).toContain(`${sweeps.findings[0]}\nSweep 5 is not over:`);
    expect(stdout).not.toContain("Not clean");
    expect(stderr).toContain(`run --config config.yaml --until-clean --job-id ${JOB_ID}`);
    const json = await runCommand(Run, ["--until-clean", "--json"], { engine });
    expect(JSON.parse(json.stdout)).toMatchObject({ sweeps });
  });

  it("is refused for a dry run", async () => {
    expect((await runCommand(Run, ["--until-clean", "--dry-run"])).exitCode).toBe(2);
  });
});
