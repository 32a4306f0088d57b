import { describe, expect, it } from "vitest";
import {
  describeStateStore,
  ManualClock,
  MemoryStateStore,
  SeededRandom,
  type StateStoreConformance,
} from "../../src/index.ts";
import { FLAWED, FOUND_BY_HISTORIES } from "./flawed-stores.ts";
import { FORGETFUL } from "./forgetful-stores.ts";

type Kind = typeof MemoryStateStore;

function conformanceOf(Store: Kind): StateStoreConformance {
  return {
    name: "a store in memory",
    clock: "driven",
    histories: { count: 20, steps: 60 },
    async create() {
      const clock = new ManualClock();
      const store = new Store(clock, new SeededRandom(1));
      return {
        open: async () => store,
        elapse: (ms) => clock.advance(ms),
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
}

/** Runs the suite on a store without any test runner, and names the cases that it fails. */
async function failuresOf(Store: Kind, wanted: RegExp): Promise<ReadonlyMap<string, Error>> {
  const cases = new Map<string, () => Promise<void>>();
  const runner = {
    describe: (_: string, body: () => void) => body(),
    it: (name: string, body: () => Promise<void>) => cases.set(name, body),
  };
  describeStateStore(runner, conformanceOf(Store));
  const failures = new Map<string, Error>();
  for (const [name, body] of cases) {
    if (wanted.test(name)) await body().catch((error) => failures.set(name, error));
  }
  return failures;
}

describeStateStore({ describe, it }, conformanceOf(MemoryStateStore));

describe("the suite fails a store", () => {
  it.each(Object.entries({ ...FLAWED, ...FORGETFUL }))("in which %s", async (_, [Store, finder]) => {
    const failures = await failuresOf(Store, /^(?!10,000|random)/);
    expect([...failures.keys()]).toContain(finder);
  });

  it.each(FOUND_BY_HISTORIES)("by random histories alone: %o", async (Store) => {
    const failures = await failuresOf(Store, /^random/);
    expect(failures.size).toBeGreaterThan(0);
    expect([...failures.values()][0]?.message).toMatch(/seed \d+; what was called:\n/);
  });
});
