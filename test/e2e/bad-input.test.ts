import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliOptions, type CliResult, cliFolder, runCli } from "../cli.ts";
import { configFor, type FixtureTable, newFernetKey, seed } from "../fixture-table.ts";

const oldKey = newFernetKey();
const newKey = newFernetKey();
const env = { REKEY_OLD_KEY: oldKey, REKEY_NEW_KEY: newKey };
const UNKNOWN_JOB = "00000000-0000-4000-8000-000000000000";

interface Expected {
  readonly code: string;
  readonly status: 2 | 4;
  readonly message: RegExp;
  readonly hint: RegExp;
  readonly problems?: readonly RegExp[];
}

describe("bad input", () => {
  const db = useKeyspace({ beforeAll, afterAll });
  let people: FixtureTable;
  let folder: Awaited<ReturnType<typeof cliFolder>>;

  beforeAll(async () => {
    folder = await cliFolder();
    people = await seed(db.client, db.keyspace, { key: oldKey, rows: 10 });
  });
  afterAll(async () => {
    await folder?.[Symbol.asyncDispose]();
  });

  const config = (change: { cluster?: object; table?: object; [section: string]: unknown } = {}) => {
    const { cluster, table, ...rest } = change;
    const whole = configFor(db.cluster, [people]);
    return {
      ...whole,
      cluster: { ...whole.cluster, ...cluster },
      tables: whole.tables.map((entry) => ({ ...entry, ...table })),
      ...rest,
    };
  };

  /** Runs it for people and for scripts, and holds both to what an error has to be. */
  async function refused(args: readonly string[], options: CliOptions, expected: Expected): Promise<void> {
    const [text, json] = await Promise.all([
      runCli(args, { env, ...options }),
      runCli([...args, "--json"], { env, ...options }),
    ]);
    const { code, status, message, hint, problems = [] } = expected;
    expect(json).toMatchObject({ status, stderr: "" });
    expect(json.json.error).toEqual({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
      ...(problems.length > 0 && { problems: problems.map((problem) => expect.stringMatching(problem)) }),
    });
    expect(text).toMatchObject({ status, stdout: "" });
    const lines = text.stderr.split("\n");
    expect(lines.find((line) => line.startsWith(`Error [${code}]: `))).toMatch(message);
    expect(lines.find((line) => line.startsWith("Next: "))).toMatch(hint);
    for (const problem of problems) expect(text.stderr).toMatch(problem);
    for (const result of [text, json]) expectNoInnards(result, { ...env, ...options.env });
  }

  it("refuses a table that is not there, or not as configured", async () => {
    const unfit = {
      code: "CONFIG.TABLE_MISMATCH",
      status: 2,
      hint: /doctor/,
    } as const;
    await refused(
      ["plan"],
      { config: config({ table: { name: "poeple" } }) },
      { ...unfit, message: new RegExp(`: ${db.keyspace}\\.poeple: there is no such table`) },
    );
    await refused(
      ["plan"],
      { config: config({ table: { partition_key: ["account", "region"] } }) },
      {
        ...unfit,
        message: /partition_key is \(region, account\), not \(account, region\).*Set partition_key to/,
      },
    );
  });

  it("refuses a cluster that it cannot reach, and a state keyspace that is not there", async () => {
    await refused(
      ["plan"],
      { config: config({ cluster: { port: 1 } }) },
      { code: "CLUSTER.UNREACHABLE", status: 4, message: /127\.0\.0\.1:1/, hint: /cluster\.contact_points/ },
    );
    await refused(
      ["plan"],
      { config: config({ state: { keyspace: "no_such_keyspace" } }) },
      {
        code: "STATE.NOT_INITIALISED",
        status: 4,
        message: /no_such_keyspace/,
        hint: /cassandra-rekey init-state/,
      },
    );
  });

  it("refuses a state file that cannot be there, and a configuration that is no file", async () => {
    await writeFile(join(folder.path, "a-file"), "");
    await mkdir(join(folder.path, "a-folder"), { recursive: true });
    await refused(
      ["plan"],
      { config: config({ state: { type: "file", path: join(folder.path, "a-file/jobs.db") } }) },
      { code: "STATE.STORAGE", status: 4, message: /a-file\/jobs\.db/, hint: /writable/ },
    );
    await refused(
      ["plan", "--config", join(folder.path, "a-folder")],
      {},
      { code: "CONFIG.UNREADABLE", status: 2, message: /a-folder is a directory/, hint: /--config/ },
    );
  });

  it("names every problem of a configuration with its line, before anything is touched", async () => {
    const broken = `cluster:
  contact_point: [127.0.0.1]
  keyspace: app
  port: many
provider: { type: fernet, old_key_env: ${oldKey}, new_key_env: REKEY_NEW_KEY }
tables:
  - name: people
    encrypted_columns: []
    chunks: 0
    accept: [table.gc_grace]
`;
    await refused(
      ["run"],
      { config: broken },
      {
        code: "CONFIG.INVALID",
        status: 2,
        message: /config\.yaml has \d+ problems/,
        hint: /config schema/,
        problems: [
          /config\.yaml:\d+:\d+ cluster/,
          /config\.yaml:2:3 cluster.*contact_points/,
          /config\.yaml:4:9 cluster\.port/,
          /config\.yaml:5:\d+ provider\.old_key_env: .*never the secret itself/,
          /config\.yaml:8:\d+ tables\[0\]\.encrypted_columns/,
          /config\.yaml:9:13 tables\[0\]\.chunks/,
          /config\.yaml:10:14 tables\[0\]\.accept\[0\].*table\.gc-grace/,
        ],
      },
    );
  });

  it("refuses keys that are missing, malformed or one and the same when they are needed", async () => {
    const cwd = folder.path;
    await runCli(["plan"], { config: config(), env, cwd });
    const run = (changed: Record<string, string>, expected: Expected) =>
      refused(["run"], { cwd, env: changed }, expected);
    await run(
      { REKEY_OLD_KEY: oldKey },
      {
        code: "CONFIG.SECRET_MISSING",
        status: 2,
        message: /REKEY_NEW_KEY is not set/,
        hint: /environment variable/,
      },
    );
    await run(
      { ...env, REKEY_OLD_KEY: oldKey.slice(0, -3) },
      { code: "CONFIG.SECRET_MALFORMED", status: 2, message: /REKEY_OLD_KEY/, hint: /44 characters/ },
    );
    await run(
      { ...env, REKEY_NEW_KEY: oldKey },
      { code: "KEY.DUPLICATE", status: 2, message: /v2.*v1.*the same key/, hint: /differ/ },
    );
  });

  it("stores no verification that could not begin", async () => {
    await using own = await cliFolder();
    const verify = await runCli(["verify", "--json"], { config: config(), cwd: own.path });
    expect(verify).toMatchObject({ status: 2, json: { error: { code: "CONFIG.SECRET_MISSING" } } });
    expect((await runCli(["jobs", "--json"], { cwd: own.path })).json).toEqual({ jobs: [] });
  });

  it("refuses a job that it cannot find, or cannot tell from another", async () => {
    await using own = await cliFolder();
    const cwd = own.path;
    await writeFile(join(cwd, "config.yaml"), JSON.stringify(config()));
    const missing = {
      code: "JOB.NOT_FOUND",
      status: 2,
      message: new RegExp(UNKNOWN_JOB),
      hint: /rekey_meta/,
    } as const;
    await refused(
      ["run"],
      { cwd },
      { code: "JOB.AMBIGUOUS", status: 2, message: /no job is unfinished/, hint: /rekey_meta/ },
    );
    await refused(["status", "--job-id", UNKNOWN_JOB], { cwd }, missing);
    await refused(
      ["run", "--job-id", "the last one"],
      { cwd },
      { code: "USAGE.INVALID", status: 2, message: /"the last one" is not a job id/, hint: /UUID/ },
    );
    const ids = [];
    for (let count = 0; count < 2; count += 1)
      ids.push((await runCli(["plan", "--json"], { cwd, env })).json.jobId);
    await refused(
      ["pause"],
      { cwd },
      {
        code: "JOB.AMBIGUOUS",
        status: 2,
        message: new RegExp(`${ids.toReversed().join(", ")}|${ids.join(", ")}`),
        hint: /--job-id/,
      },
    );
  });

  it("counts in quarantine what a missing previous key leaves closed, and ends with 1", async () => {
    const other = { ...env, REKEY_OLD_KEY: newFernetKey() };
    const verify = await runCli(["verify", "--json"], { config: config(), env: other });
    expect(verify).toMatchObject({ status: 1, json: { clean: false, quarantined: people.cells } });
    expect(verify.json.census.map((line: { keyVersion: string }) => line.keyVersion)).toEqual([
      "(unknown)",
      "(unknown)",
    ]);
    expectNoInnards(verify, other);
  });

  function expectNoInnards({ stdout, stderr }: CliResult, secrets: Readonly<Record<string, string>>): void {
    const printed = stdout + stderr;
    expect(printed).not.toMatch(/^\s+at /m);
    for (const secret of Object.values(secrets)) expect(printed).not.toContain(secret.slice(0, 12));
  }
});
