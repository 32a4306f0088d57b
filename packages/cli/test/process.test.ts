import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REFERENCE_CONFIG } from "./reference-config.ts";
import { type CliResult, runCli, runInShell } from "./run-cli.ts";

const COMMANDS = [
  "config check",
  "config schema",
  "init-state",
  "doctor",
  "plan",
  "run",
  "status",
  "pause",
  "resume",
  "janitor",
  "verify",
  "rollback",
  "quarantine list",
  "quarantine retry",
  "quarantine export",
  "jobs",
];
// What people paste: a key whose last character is missing. It must not be shown.
const SECRET = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYm";

describe("the command line as a process", () => {
  let folder: string;
  const cli = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
    runCli(args, { cwd: folder, env });
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return name;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "cassandra-rekey-cli-"));
    await file("config.yaml", REFERENCE_CONFIG);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("shows the steps in order, and every command", async () => {
    const { stdout, stderr, exitCode } = await cli(["--help"]);
    expect([stderr, exitCode]).toEqual(["", 0]);
    const steps = ["config check", "init-state", "doctor", "plan", "run", "verify"];
    const places = steps.map((step) => stdout.indexOf(`\n  ${step} `));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    for (const command of COMMANDS) expect(stdout).toContain(command.split(" ")[0]);
    expect(stdout).not.toContain("\u001b");
  });

  it.each(COMMANDS)("explains %s with an example and the common flags", async (command) => {
    const { stdout, exitCode } = await cli([...command.split(" "), "--help"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`$ cassandra-rekey ${command}`);
    for (const part of ["EXAMPLES", "--config", "--json", "--log-level"]) expect(stdout).toContain(part);
  });

  it("tells its version", async () => {
    const { version } = JSON.parse(await readFile(join(import.meta.dirname, "../package.json"), "utf8"));
    expect((await cli(["--version"])).stdout).toContain(`cassandra-rekey/${version}`);
  });

  it("says which Node it needs, where that of the PATH is too old to load it", async () => {
    const old = "Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } })";
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(old)}` };
    const expected = "cassandra-rekey needs Node 24 or newer, and this is Node 20.20.2";
    const text = await cli(["run"], env);
    expect(text).toMatchObject({ exitCode: 2, stdout: "" });
    expect(text.stderr).toMatch(new RegExp(`^Error \\[USAGE\\.INVALID\\]: ${expected}\nNext: .*\n$`));
    const json = await cli(["run", "--json"], env);
    expect(json).toMatchObject({ exitCode: 2, stderr: "" });
    expect(JSON.parse(json.stdout).error).toMatchObject({ code: "USAGE.INVALID", message: expected });
  });

  it.each([
    [["statsu"], "cassandra-rekey status"],
    [["config", "chekc"], "cassandra-rekey config check"],
    [["initstate", "--config", "x.yaml"], "cassandra-rekey init-state"],
  ])("suggests what was meant by %j, and asks nothing", async (args, meant) => {
    const { stderr, exitCode } = await cli(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`Did you mean \`${meant}\`?`);
  });

  it.each([["-h"], ["run", "-h"], ["plugins", "-h"]])("explains also when asked by %j", async (...args) => {
    const { stdout, exitCode } = await cli(args);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^USAGE\n/m)]);
  });

  it.each([
    [
      ["--config", "x.yaml", "run"],
      "The command is missing before --config.",
      "Flags come after the command",
    ],
    [["runn", "--help"], "Command runn not found.", "The command `help` lists the commands."],
    [
      ["plugins", "inspect", "nonesuch"],
      'The plugin "nonesuch" is not installed.',
      "plugins install nonesuch",
    ],
  ])("says what is missing in %j, and what to do", async (args, message, hint) => {
    const { stdout, stderr, exitCode } = await cli([...args, "--json"]);
    expect([stderr, exitCode]).toEqual(["", 2]);
    expect(JSON.parse(stdout).error).toEqual({
      code: "USAGE.INVALID",
      message,
      hint: expect.stringContaining(hint),
    });
  });

  it("suggests nothing for what resembles no command", async () => {
    const { stdout, exitCode } = await cli(["zzzzzzzzzz", "--json"]);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout).error).toMatchObject({
      code: "USAGE.INVALID",
      hint: "`cassandra-rekey help` lists the commands.",
    });
  });

  it.each([
    [["run", "--frobnicate"], "--frobnicate"],
    [["run", "--workers", "many"], "--workers"],
    [["run", "--workers", "0"], "--workers"],
    [["plan", "surplus"], "surplus"],
  ])("refuses %j with 2 and no stack trace", async (args, named) => {
    const text = await cli(args);
    expect(text.exitCode).toBe(2);
    expect(text.stderr).toMatch(/^Error \[USAGE\.INVALID\]: /);
    expect(text.stderr).toContain("\nNext: ");
    expect(text.stderr).not.toContain("    at ");
    const json = await cli([...args, "--json"]);
    expect(json.exitCode).toBe(2);
    expect(json.stderr).toBe("");
    expect(JSON.parse(json.stdout).error.message).toContain(named);
  });

  it("says which configuration file is missing", async () => {
    const byFlag = await cli(["doctor", "--config", "none.yaml"]);
    expect(byFlag.exitCode).toBe(2);
    expect(byFlag.stderr).toContain("[CONFIG.UNREADABLE]");
    expect(byFlag.stderr).toContain("none.yaml");
    const byVariable = await cli(["doctor", "--json"], { REKEY_CONFIG: "other.yaml" });
    expect(JSON.parse(byVariable.stdout).error.message).toContain("other.yaml");
  });

  it("shows every problem of a bad file with its place, and touches nothing", async () => {
    const broken = await file("broken.yaml", "cluster: [1,\ntables: 3\n");
    expect((await cli(["run", "--config", broken])).stderr).toMatch(/broken\.yaml:\d+:\d+/);
    const bad = await file(
      "bad.yaml",
      REFERENCE_CONFIG.replace("contact_points", "contact_point").replace("chunks: 256", "chunks: several"),
    );
    const { stderr, exitCode } = await cli(["config", "check", "--config", bad]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('did you mean "contact_points"?');
    expect(stderr).toContain("bad.yaml:20:13 tables[0].chunks");
  });

  it("finds the reference's sample configuration good, and says what its guard means here", async () => {
    const env = { REKEY_OLD_KEY: SECRET, REKEY_NEW_KEY: SECRET };
    const { stdout, stderr, exitCode } = await cli(["config", "check"], env);
    expect([stdout, exitCode]).toEqual(["config.yaml: no problems\n", 0]);
    expect(stderr).toMatch(/^Warning: .*use_lwt_guard/m);
    const json = JSON.parse((await cli(["config", "check", "--json"], env)).stdout);
    expect(json).toMatchObject({ ok: true, warnings: [expect.stringContaining("use_lwt_guard")] });
  });

  it("prints the schema of the whole configuration, options of plugins included", async () => {
    const { stdout, exitCode } = await cli(["config", "schema"]);
    expect(exitCode).toBe(0);
    const schema = JSON.parse(stdout);
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(["cluster", "tables", "keys"]));
    expect(stdout).toContain("fernet");
    expect(JSON.parse((await cli(["config", "schema", "--json"])).stdout)).toEqual(schema);
  });

  it("leaves plugins out of the schema that the file does not allow", async () => {
    const closed = await file(
      "closed.yaml",
      `${REFERENCE_CONFIG}plugins: { allow: ["@cassandra-rekey/state-file"] }\n`,
    );
    const { stdout } = await cli(["config", "schema", "--config", closed]);
    expect(stdout).toContain("SQLite");
    expect(stdout).not.toContain("min_in_flight");
  });

  it("says what is wrong with a plugin's options before anything is touched", async () => {
    const config = await file(
      "options.yaml",
      `${REFERENCE_CONFIG.replace("state:\n  keyspace: rekey_meta", "state: { type: file, pth: x }")}throttles:\n  - { type: latency, threshold: 5 }\n`,
    );
    for (const command of ["init-state", "jobs", "run"]) {
      const { stderr, exitCode } = await cli([command, "--config", config]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('options.yaml:7:27 state.pth: is not a known setting (did you mean "path"?)');
      expect(stderr).toContain("options.yaml:36:5 throttles[0].threshold_ms: is missing");
    }
    expect(await readdir(folder)).not.toContain("cassandra-rekey.state.db");
  });

  it("completes commands and flags in a shell", async () => {
    expect((await cli(["autocomplete", "script", "bash"])).stdout).toContain(
      "CASSANDRA_REKEY_AC_BASH_SETUP_PATH",
    );
    await cli(["autocomplete", "bash"]);
    const script = join(folder, ".cache/cassandra-rekey/autocomplete/functions/bash/cassandra-rekey.bash");
    const complete = (...words: readonly string[]) =>
      execFileSync(
        "bash",
        [
          "-c",
          // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
          'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); cur="${COMP_WORDS[COMP_CWORD]}"; $(complete -p cassandra-rekey | sed "s/.*-F \\([^ ]*\\).*/\\1/"); echo "${COMPREPLY[@]}"',
          script,
          "cassandra-rekey",
          ...words,
        ],
        { timeout: 30_000 },
      ).toString();
    expect(complete("ver")).toContain("verify");
    expect(complete("run", "--w")).toContain("--workers");
  });

  it("never shows a secret, whatever the log level", async () => {
    const env = { REKEY_OLD_KEY: SECRET, REKEY_NEW_KEY: SECRET };
    // Nothing listens there, and nothing has to: keys are opened before.
    const config = await file(
      "local.yaml",
      REFERENCE_CONFIG.replace("[cass-1, cass-2, cass-3]", "[127.0.0.1]")
        .replace("port: 9042", "port: 1")
        .replace("state:\n  keyspace: rekey_meta", "state:\n  type: file\n  path: jobs.db"),
    );
    const outcomes = [
      await cli(["config", "check", "--config", config], env),
      await cli(["doctor", "--log-level", "trace", "--config", config], env),
    ];
    expect(outcomes[1]?.exitCode).toBe(1);
    expect(outcomes[1]?.stdout).toMatch(/^FAIL {2}keys/m);
    for (const { stdout, stderr } of outcomes) expect(stdout + stderr).not.toContain(SECRET);
  });

  it.runIf(existsSync("/dev/full"))(
    "says that a full disk did not take its result, and what to do",
    async () => {
      const { stderr, exitCode } = await runInShell("rekey config schema > /dev/full", { cwd: folder });
      expect(exitCode).toBe(4);
      expect(stderr).toMatch(
        /^Error \[OUTPUT\.UNWRITABLE\]: standard output cannot be written: no space left on device \(ENOSPC\)\nNext: Make room.*\n$/,
      );
      const failed = await runInShell("rekey jobs --config none.yaml --json > /dev/full", { cwd: folder });
      expect(failed.exitCode).toBe(2);
    },
  );

  it.runIf(existsSync("/dev/full"))("does its work though its log cannot be written", async () => {
    const { stdout, exitCode } = await runInShell("rekey config check 2> /dev/full", {
      cwd: folder,
      env: { REKEY_OLD_KEY: SECRET, REKEY_NEW_KEY: SECRET },
    });
    expect([stdout, exitCode]).toEqual(["config.yaml: no problems\n", 0]);
  });

  it("is quiet when its reader has read enough", async () => {
    const ended = await runInShell("rekey config schema | head -c 1", { cwd: folder });
    expect(ended).toEqual({ stdout: "{", stderr: "", exitCode: 0 });
  });

  it("colours nothing outside of a terminal, and where NO_COLOR is set", async () => {
    const { stderr } = await cli(["statsu"], { NO_COLOR: "1", FORCE_COLOR: "1" });
    expect(stderr).not.toContain("\u001b");
    expect((await cli(["statsu"], { FORCE_COLOR: "1" })).stderr).toContain("\u001b");
  });
});
