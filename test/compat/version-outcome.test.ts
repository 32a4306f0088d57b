import { needsCassandra } from "@cassandra-rekey/local-cassandra/shared";
import { describe, expect, it } from "vitest";
import { testedVersions } from "./tested-versions.ts";
import { type TestOutcome, versionOutcome } from "./version-outcome.ts";

const passed: TestOutcome = { name: "a", state: "passed" };

/** The note with which a test is skipped on a version. */
function noteOn(version: string): string | undefined {
  let said: string | undefined;
  needsCassandra(
    "5.0",
    { version },
    {
      skip: (condition, note) => {
        if (condition) said = note;
      },
    },
  );
  return said;
}

describe("the outcome of a version", () => {
  it("is well when every test passed or says which version it needs", () => {
    const tests = [passed, { name: "b", state: "skipped", note: noteOn("4.1.10") } as const];
    expect(versionOutcome("4.1.10", tests)).toEqual({
      ok: true,
      line: "Cassandra 4.1.10: ok, 1 passed, 0 failed, 1 skipped (they need 5.0)",
      problems: [],
    });
  });

  it.each<[string, readonly TestOutcome[], readonly string[], string]>([
    ["a test failed", [passed, { name: "b", state: "failed" }], [], "failed: b"],
    [
      "a test was skipped for another reason",
      [passed, { name: "b", state: "skipped" }],
      [],
      "skipped without",
    ],
    ["a file could not run", [passed], ["c.test.ts could not run"], "c.test.ts could not run"],
    ["nothing ran", [], [], "no test passed"],
  ])("is not well when %s", (_, tests, broken, problem) => {
    const outcome = versionOutcome("4.0.17", tests, broken);
    expect(outcome.ok).toBe(false);
    expect(outcome.line).toContain("FAILED");
    expect(outcome.problems.join()).toContain(problem);
  });
});

describe("versions", () => {
  it("are asked for by release line or in full, and are all three when none is named", () => {
    expect(testedVersions([])).toEqual(["4.0.17", "4.1.10", "5.0.9"]);
    expect(testedVersions(["5.0", "4.1.7"])).toEqual(["5.0.9", "4.1.7"]);
    expect(() => testedVersions(["3.11"])).toThrow("3.11");
  });
});
