import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { TestCase, TestModule } from "vitest/node";
import OutcomeReporter, { type Outcome } from "./outcome-reporter.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cassandra-rekey-outcome-"));
  await symlink(join(import.meta.dirname, "../node_modules"), join(folder, "node_modules"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs test files under the reporter, which gives up on them after so many milliseconds of silence. */
async function outcomeOf(silenceMs: number, files: Readonly<Record<string, string>>): Promise<Outcome> {
  const root = join(folder, String(silenceMs));
  await mkdir(root);
  for (const [name, text] of Object.entries(files))
    await writeFile(
      join(root, name),
      name.endsWith(".test.ts") ? `import { expect, test } from "vitest";\n${text}\n` : text,
    );
  const report = join(root, "outcome.json");
  const reporter = join(import.meta.dirname, "outcome-reporter.ts");
  const args = ["run", `--root=${root}`, "--maxWorkers=1", `--reporter=${reporter}`];
  const env = { ...process.env, REKEY_TEST_OUTCOME: report, REKEY_TEST_SILENCE_MS: String(silenceMs) };
  const child = spawn("vitest", args, { env, stdio: "ignore", timeout: 100_000 });
  await new Promise((resolve) => child.once("exit", resolve));
  return JSON.parse(await readFile(report, "utf8"));
}

it("counts what passed and was skipped, and names what failed or could not run", async () => {
  const outcome = await outcomeOf(60_000, {
    "some.test.ts": `
      test("passes", () => {});
      test.skip("is skipped", () => {});
      test("fails", () => expect(1).toBe(2));`,
    "broken.test.ts": 'await Promise.reject(new Error("on import"));',
  });
  expect(outcome).toMatchObject({ passed: 1, skipped: 1 });
  expect(outcome.failed.toSorted()).toEqual([" broken.test.ts could not run", " some.test.ts: fails"]);
});

it("ends a run in which a file never yields, and names the file", async () => {
  const outcome = await outcomeOf(5_000, {
    "hangs.test.ts": 'test("never yields", async () => { for (;;) await Promise.resolve(); });',
  });
  expect(outcome.failed).toEqual([expect.stringMatching(/hangs\.test\.ts hangs: no news for 5 s/)]);
});

it("shows how large values differ in little time", async () => {
  const outcome = await outcomeOf(50_000, {
    "vitest.config.ts": `
      import config from ${JSON.stringify(join(import.meta.dirname, "../vitest.config.ts"))};
      export default { test: { diff: config.test.diff } };`,
    "differs.test.ts": `
      const cells = (seed) => Array.from({ length: 300_000 }, (_, at) => (at * seed) % 65_521);
      test("differs", () => expect(cells(7)).toEqual(cells(11)));`,
  });
  expect(outcome.failed).toEqual([" differs.test.ts: differs"]);
});

/** What a reporter that is told this says of it, once there were 11 seconds without news. */
async function heldToBe(tell: (reporter: OutcomeReporter, module: TestModule) => void): Promise<Outcome> {
  const report = join(folder, "told.json");
  vi.stubEnv("REKEY_TEST_OUTCOME", report);
  vi.stubEnv("REKEY_TEST_SILENCE_MS", "5000");
  vi.useFakeTimers();
  vi.spyOn(console, "error").mockReturnValue();
  const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never);
  try {
    const children = { allTests: () => [] };
    const project = { name: "p" };
    const module = {
      type: "module",
      project,
      relativeModuleId: "a.test.ts",
      children,
      state: () => "passed",
    };
    const reporter = new OutcomeReporter();
    reporter.onTestRunStart();
    reporter.onTestModuleQueued(module as unknown as TestModule);
    tell(reporter, module as unknown as TestModule);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(exit).toHaveBeenCalled();
    reporter.onTestRunEnd([], []);
  } finally {
    vi.useRealTimers();
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  }
  return JSON.parse(await readFile(report, "utf8"));
}

it("does not wait for a file whose end was told before its last test", async () => {
  const { passed, failed } = await heldToBe((reporter, module) => {
    reporter.onTestModuleEnd(module);
    const result = () => ({ state: "passed" });
    reporter.onTestCaseResult({ module, fullName: "late", result } as unknown as TestCase);
  });
  expect(passed).toBe(1);
  expect(new Set(failed)).toEqual(new Set(["the run hangs between files: no news for 5 s"]));
});

it("names the hook in which a file hangs, before its first test as well", async () => {
  const { failed } = await heldToBe((reporter, module) =>
    reporter.onHookStart({ name: "beforeAll", entity: module }),
  );
  expect(new Set(failed)).toEqual(new Set(["p a.test.ts hangs: no news for 5 s; the last was: beforeAll"]));
});
