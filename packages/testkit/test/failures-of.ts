import type { TestRunner } from "../src/index.ts";

/** Runs a suite without any test runner, and names the cases that fail. */
export async function failuresOf(
  register: (runner: TestRunner) => void,
): Promise<ReadonlyMap<string, Error>> {
  const cases = new Map<string, () => Promise<void>>();
  register({
    describe: (_, body) => body(),
    it: (name, body) => cases.set(name, body),
  });
  const failures = new Map<string, Error>();
  for (const [name, body] of cases) await body().catch((error) => failures.set(name, error));
  return failures;
}
