import type { TestRunner } from "../test-runner.ts";
import type { HookConformance } from "./conformance.ts";
import { hookCases } from "./hook-cases.ts";

/** Holds a hook to the contract of {@link Hook}, with any test runner. */
export function describeHook(runner: TestRunner, conformance: HookConformance): void {
  runner.describe(`${conformance.name} keeps the contract of a hook`, () => {
    for (const [name, check] of hookCases) {
      runner.it(name, async () => {
        await using stack = new AsyncDisposableStack();
        const hook = stack.use(await conformance.create());
        await check({ ...conformance, hook });
      });
    }
  });
}
