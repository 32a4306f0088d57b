/**
 * What a conformance suite needs of a test runner: `describe` and `it` of vitest, jest, mocha and `node:test` all fit.
 * Assertions are `node:assert`'s, so failures read the same in each of them.
 */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}
