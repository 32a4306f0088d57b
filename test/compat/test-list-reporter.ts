import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";
import type { TestOutcome } from "./version-outcome.ts";

/** Names the file that the tests are listed in. */
export const TEST_LIST = "REKEY_TEST_LIST";

/** What is written: every test, and what broke outside of tests. */
export interface TestList {
  readonly tests: readonly TestOutcome[];
  readonly broken: readonly string[];
}

/** Writes how each test ended and why it was skipped, which vitest's own JSON leaves out. */
export default class TestListReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly { readonly message: string }[]): void {
    const tests = modules.flatMap((module) =>
      [...module.children.allTests()].map((test): TestOutcome => {
        const result = test.result();
        return {
          name: `${module.relativeModuleId}: ${test.fullName}`,
          state: result.state === "pending" ? "skipped" : result.state,
          note: result.state === "skipped" ? result.note : undefined,
        };
      }),
    );
    const broken = modules
      .filter((module) => module.errors().length > 0)
      .map((module) => `${module.relativeModuleId} could not run`);
    const suites = modules.flatMap((module) =>
      [...module.children.allSuites()]
        .filter((suite) => suite.errors().length > 0)
        .map((suite) => `${module.relativeModuleId}: ${suite.fullName} could not run`),
    );
    const list: TestList = {
      tests,
      broken: [...broken, ...suites, ...errors.map(({ message }) => message)],
    };
    writeFileSync(process.env[TEST_LIST]!, JSON.stringify(list));
  }
}
