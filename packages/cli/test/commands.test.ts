import { RekeyError } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import ConfigCheck from "../src/commands/config/check.ts";
import ConfigSchema from "../src/commands/config/schema.ts";
import Doctor from "../src/commands/doctor.ts";
import InitState from "../src/commands/init-state.ts";
import Janitor from "../src/commands/janitor.ts";
import Jobs from "../src/commands/jobs.ts";
import Pause from "../src/commands/pause.ts";
import Plan from "../src/commands/plan.ts";
import Resume from "../src/commands/resume.ts";
import Rollback from "../src/commands/rollback.ts";
import Verify from "../src/commands/verify.ts";
import { runCommand } from "./command-harness.ts";
import { JOB_ID, statusReport, verifyReport } from "./reports.ts";

describe("init-state", () => {
  it("says what was made", async () => {
    const engine = { init: async () => ({ changes: ["made the table rekey_meta.rekey_jobs"] }) };
    const { stdout, exitCode, closed } = await runCommand(InitState, [], { engine });
    expect(stdout).toBe("made the table rekey_meta.rekey_jobs\n");
    expect(exitCode).toBe(0);
    expect(closed).toBe(true);
  });
});

describe("doctor", () => {
  const checks = [
    { level: "OK", check: "cluster.version", message: "Cassandra 5.0.9" },
    { level: "FAIL", check: "table.gc-grace", table: "app.users", message: "is 60 s", next: "raise it" },
  ] as const;

  it("ends with 1 when a check failed, and says the next step", async () => {
    const engine = { doctor: async () => ({ ok: false, checks }) };
    const { stdout, exitCode } = await runCommand(Doctor, [], { engine });
    expect(exitCode).toBe(1);
    expect(stdout).toBe(`Cluster
OK    cluster.version  Cassandra 5.0.9

Table app.users
FAIL  table.gc-grace  is 60 s
      Next: raise it

2 checks: 1 OK, 0 WARN, 1 FAIL. Not ready to run. See FAIL under Table app.users.
`);
  });

  it("ends with 0 when none failed", async () => {
    const engine = { doctor: async () => ({ ok: true, checks: [checks[0]] }) };
    expect((await runCommand(Doctor, ["--json"], { engine })).exitCode).toBe(0);
  });
});

describe("doctor --sample", () => {
  const estimate = {
    ...{ keyspace: "app", table: "users", sampledRows: 980, exact: false, rows: 1_240_000 },
    ...{ bytes: 310 * 1024 * 1024, durationMs: 130_000.4, diskGrowthBytes: 1.5 * 1024 ** 3 },
    cells: [{ column: "email", keyVersion: "v1", cells: 1_200_000 }],
  };

  it("passes the number on, and shows what a run would meet", async () => {
    const asked: unknown[] = [];
    const engine = {
      doctor: async (_?: AbortSignal, options?: object) => {
        asked.push(options);
        return { ok: true, checks: [], estimates: [estimate] };
      },
    };
    const { stdout } = await runCommand(Doctor, ["--sample", "50"], { engine });
    expect(asked).toEqual([{ sample: 50 }]);
    expect(stdout).toContain(`Estimate
app.users: about 1,240,000 rows, 310 MiB (by a sample of 980)
  email under v1: about 1,200,000 cells
  a run: about 2 min 10 s in this process, unthrottled; disk: up to 1.5 GiB more on all replicas`);
    const json = await runCommand(Doctor, ["--sample", "50", "--json"], { engine });
    expect(JSON.parse(json.stdout).estimates).toEqual([{ ...estimate, durationMs: 130_000 }]);
  });
});

describe("plan", () => {
  const engine = {
    plan: async () => ({
      jobId: JOB_ID,
      tables: [{ keyspace: "app", name: "users", chunks: 256, writeMode: "fenced" as const }],
      warnings: ["app.users: use_lwt_guard is not used"],
    }),
  };

  it("says what to type next, and warnings on standard error", async () => {
    const { stdout, stderr, exitCode } = await runCommand(Plan, ["--config", "my.yaml"], { engine });
    expect(stdout).toContain(`Next: cassandra-rekey run --config my.yaml --job-id ${JOB_ID}\n`);
    expect(stderr).toBe("Warning: app.users: use_lwt_guard is not used\n");
    expect(exitCode).toBe(0);
  });

  it("hands on the id that the job is to have", async () => {
    const asked: unknown[] = [];
    const noting = {
      plan: async (request?: { readonly jobId?: string | undefined }) => {
        asked.push(request?.jobId);
        return engine.plan();
      },
    };
    await runCommand(Plan, ["--job-id", JOB_ID], { engine: noting });
    await runCommand(Plan, [], { engine: noting });
    expect(asked).toEqual([JOB_ID, undefined]);
  });

  it("prints one JSON object and nothing else", async () => {
    const warnings = ["config.yaml:4:1 odd"];
    const { stdout, stderr } = await runCommand(Plan, ["--json"], { engine, warnings });
    expect(JSON.parse(stdout)).toMatchObject({
      jobId: JOB_ID,
      warnings: ["config.yaml:4:1 odd", "app.users: use_lwt_guard is not used"],
    });
    expect(stderr).toBe("");
  });
});

describe("rollback", () => {
  it("plans the reverse job, and says what to type next", async () => {
    const asked: unknown[] = [];
    const engine = {
      rollback: async ({ jobId, toVersions }: { jobId: string; toVersions: readonly string[] }) => {
        asked.push([jobId, toVersions]);
        return { jobId: "b0b", tables: [], warnings: ["job a is paused"] };
      },
    };
    const { stdout, stderr, exitCode } = await runCommand(
      Rollback,
      ["--job-id", JOB_ID, "--to", "v1", "--to", "cards=c1"],
      {
        engine,
      },
    );
    expect(asked).toEqual([[JOB_ID, ["v1", "cards=c1"]]]);
    expect(stdout).toContain("Next: cassandra-rekey run --config config.yaml --until-clean --job-id b0b\n");
    expect(stderr).toBe("Warning: job a is paused\n");
    expect(exitCode).toBe(0);
    expect((await runCommand(Rollback, [], { engine })).exitCode).toBe(2);
  });
});

describe("verify", () => {
  it.each([
    [{ clean: true }, 0, "Clean: every cell is under v2."],
    [{ clean: false }, 1, "Not clean"],
    [{ clean: false, outcome: "interrupted" as const }, 130, "Interrupted"],
  ])("of %j ends with %i", async (changes, exit, text) => {
    const engine = { verify: async () => verifyReport(changes) };
    const { stdout, exitCode } = await runCommand(Verify, [], { engine });
    expect(exitCode).toBe(exit);
    expect(stdout).toContain(text);
  });

  it("says how to go on when it was interrupted", async () => {
    const engine = { verify: async () => verifyReport({ outcome: "interrupted" }) };
    const { stderr } = await runCommand(Verify, [], { engine });
    expect(stderr).toContain(`To go on: cassandra-rekey verify --config config.yaml --job-id ${JOB_ID}\n`);
  });
});

describe("pause, resume, janitor, jobs", () => {
  it("pass the job on and show where it stands", async () => {
    const asked: (string | undefined)[] = [];
    const engine = {
      pause: async (jobId?: string) => {
        asked.push(jobId);
        return statusReport({ state: "paused" });
      },
      resume: async (jobId?: string) => {
        asked.push(jobId);
        return statusReport();
      },
    };
    const paused = await runCommand(Pause, ["--job-id", JOB_ID], { engine });
    const resumed = await runCommand(Resume, ["--json"], { engine });
    expect(asked).toEqual([JOB_ID, undefined]);
    expect(paused.stdout).toContain(`Job ${JOB_ID} (rekey): paused`);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ state: "running" });
  });

  it.each([
    [[], 600],
    [["--stuck-after-seconds", "5"], 5],
  ])("janitor %j looks for chunks idle for %i s", async (argv, seconds) => {
    let asked: number | undefined;
    const engine = {
      janitor: async ({ stuckAfterSeconds }: { readonly stuckAfterSeconds: number }) => {
        asked = stuckAfterSeconds;
        return { jobId: JOB_ID, reclaimed: 2 };
      },
    };
    const { stdout } = await runCommand(Janitor, argv, { engine });
    expect(asked).toBe(seconds);
    expect(stdout).toBe(`Job ${JOB_ID}: 2 abandoned chunks returned to pending.\n`);
  });

  it("lists no jobs", async () => {
    const { stdout } = await runCommand(Jobs, [], { engine: { jobs: async () => [] } });
    expect(stdout).toBe("There are no jobs.\n");
  });
});

describe("config", () => {
  it("check shows warnings on standard error, and with --json in the object", async () => {
    const engines = { check: async () => ["config.yaml:4:1 state: unusual"] };
    const text = await runCommand(ConfigCheck, [], { engines });
    expect([text.stdout, text.stderr]).toEqual([
      "config.yaml: no problems\n",
      "Warning: config.yaml:4:1 state: unusual\n",
    ]);
    const json = await runCommand(ConfigCheck, ["--json"], { engines });
    expect(JSON.parse(json.stdout)).toEqual({ ok: true, warnings: ["config.yaml:4:1 state: unusual"] });
  });

  it("schema prints the schema", async () => {
    const engines = { schema: async () => ({ type: "object" }) };
    expect(JSON.parse((await runCommand(ConfigSchema, [], { engines })).stdout)).toEqual({ type: "object" });
  });
});

describe("errors", () => {
  const engines = {
    open: async () => {
      throw new RekeyError("CLUSTER.UNREACHABLE", "127.0.0.1:9042 did not answer", { hint: "Start it." });
    },
  };

  it("are on standard error with their exit code", async () => {
    const { stdout, stderr, exitCode } = await runCommand(Jobs, [], { engines });
    expect([stdout, stderr, exitCode]).toEqual([
      "",
      "Error [CLUSTER.UNREACHABLE]: 127.0.0.1:9042 did not answer\nNext: Start it.\n",
      4,
    ]);
  });

  it("are one JSON object on standard output with --json", async () => {
    const { stdout, stderr, exitCode } = await runCommand(Jobs, ["--json"], { engines });
    expect(JSON.parse(stdout)).toEqual({
      error: { code: "CLUSTER.UNREACHABLE", message: "127.0.0.1:9042 did not answer", hint: "Start it." },
    });
    expect([stderr, exitCode]).toEqual(["", 4]);
  });

  it("show their stack only at log level debug", async () => {
    const quiet = await runCommand(Jobs, [], { engines });
    const loud = await runCommand(Jobs, ["--log-level", "debug"], { engines });
    expect(quiet.stderr).not.toContain("    at ");
    expect(loud.stderr).toContain("    at ");
  });

  it("of a command line end with 2", async () => {
    expect((await runCommand(Janitor, ["--stuck-after-seconds", "-1"])).exitCode).toBe(2);
    expect((await runCommand(Jobs, ["--log-level", "loud"])).exitCode).toBe(2);
  });

  it("close the engine all the same", async () => {
    const engine = {
      jobs: async () => {
        throw new RekeyError("STATE.NOT_INITIALISED", "no tables");
      },
    };
    const { exitCode, closed } = await runCommand(Jobs, [], { engine });
    expect([exitCode, closed]).toEqual([4, true]);
  });
});
