import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import plugin from "@cassandra-rekey/hook-audit-log";
import { hookContext, ManualClock } from "@cassandra-rekey/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import AuditVerify from "../src/commands/audit/verify.ts";
import { runCommand } from "./command-harness.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "audit-verify-"));
  path = join(folder, "audit.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

async function writeLog(options: object = {}): Promise<void> {
  const context = hookContext(new ManualClock(), { secret: async () => Buffer.from("the key") });
  await using log = await plugin.hooks!["audit-log"]!.create({ path, detail: "job", ...options }, context);
  await log.on({ type: "job.state", jobId: "j", state: "paused" }, 1);
}

describe("audit verify", () => {
  it("says that a log is whole, and prints the anchor that finds later cuts", async () => {
    await writeLog();
    const { stdout, exitCode } = await runCommand(AuditVerify, [path]);
    const [, anchor] = /^anchor: (3:[0-9a-f]{64})$/m.exec(stdout) ?? [];
    expect(stdout).toBe(`${path}: 3 entries, whole\nanchor: ${anchor}\n`);
    expect(exitCode).toBe(0);
    expect((await runCommand(AuditVerify, [path, "--anchor", anchor!])).exitCode).toBe(0);
    const lines = (await readFile(path, "utf8")).split("\n");
    await writeFile(path, `${lines.slice(0, 2).join("\n")}\n`);
    const cut = await runCommand(AuditVerify, [path, "--anchor", anchor!, "--json"]);
    expect(cut.exitCode).toBe(1);
    expect(JSON.parse(cut.stdout)).toMatchObject({
      file: path,
      whole: false,
      entries: 2,
      problems: [expect.stringContaining("entry 3 with the anchor's hash is not there")],
    });
  });

  it("ends with 1 and the line when an entry was changed", async () => {
    await writeLog();
    await writeFile(path, (await readFile(path, "utf8")).replace("paused", "running"));
    const { stdout, exitCode } = await runCommand(AuditVerify, [path]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("problem: line 2: entry 2 was changed: its hash does not fit what it says");
  });

  it("takes the key that the log was written with, from a file", async () => {
    await writeLog({ key: { env: "KEY" } });
    await writeFile(join(folder, "key"), "the key\n", { mode: 0o600 });
    expect((await runCommand(AuditVerify, [path, "--key-file", join(folder, "key")])).exitCode).toBe(0);
    expect((await runCommand(AuditVerify, [path])).exitCode).toBe(1);
    const missing = await runCommand(AuditVerify, [path, "--key-env", "REKEY_TEST_NOT_SET"]);
    expect([missing.exitCode, missing.stderr]).toEqual([2, expect.stringContaining("REKEY_TEST_NOT_SET")]);
  });

  it("shows nothing of what a log holds but numbers", async () => {
    await writeLog();
    await appendFile(path, "secret \u001b[31m text\n");
    const { stdout } = await runCommand(AuditVerify, [path]);
    expect(stdout).not.toContain("secret");
  });

  it.each([
    ["a file that is not there", ["none.jsonl"], "it is not there"],
    ["a folder", ["."], "it is a folder"],
    ["a broken anchor", ["x", "--anchor", "12"], "--anchor is not"],
    ["no file", [], "file"],
  ])("refuses %s with 2", async (_, argv, message) => {
    const { exitCode, stderr } = await runCommand(AuditVerify, argv);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });
});
