import { describe, expect, it } from "vitest";
import Show from "../src/commands/extensions/show.ts";
import Plan from "../src/commands/plan.ts";
import QuarantineExport from "../src/commands/quarantine/export.ts";
import Rollback from "../src/commands/rollback.ts";
import Run from "../src/commands/run.ts";
import Verify from "../src/commands/verify.ts";
import { runCommand } from "./command-harness.ts";

describe("what is wrong with a command line", () => {
  it.each([
    [Rollback, [], "The flag --job-id is missing", /^Add --help/],
    [QuarantineExport, [], "The flag --output is missing", /^Add --help/],
    [
      Show,
      [],
      "The argument name is missing: Name of the extension, as a configuration has it",
      /^Add --help/,
    ],
    [Run, ["--worker", "4"], "Nonexistent flag: --worker", /^Did you mean --workers\? Add --help/],
    [Plan, ["--jobid=0b4f2f6e"], "Nonexistent flag: --jobid=0b4f2f6e", /^Did you mean --job-id\? Add --help/],
    [Run, ["--frobnicate"], "Nonexistent flag: --frobnicate", /^Add --help/],
    [Run, ["--workers", "x"], "--workers: Expected an integer but received: x", /^Add --help/],
    [Verify, ["--per-replica", "--heal"], "--per-replica cannot go with --heal", /^Add --help/],
  ] as const)("%o %j", async (command, argv, message, hint) => {
    const { stdout, exitCode } = await runCommand(command, [...argv, "--json"]);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout).error).toEqual({
      code: "USAGE.INVALID",
      message,
      hint: expect.stringMatching(hint),
    });
  });
});
