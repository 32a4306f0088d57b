import fc from "fast-check";
import { expect, test } from "vitest";
import { Encounters } from "./encounters.ts";
import { scenario } from "./narrow-scenarios.ts";
import { runScenario } from "./run-scenario.ts";

test("one scenario twice gives one trace: a failure can be looked at again", async () => {
  let lines = 0;
  await fc.assert(
    fc.asyncProperty(scenario, async (value) => {
      const first = await runScenario(value, new Encounters(), true);
      const second = await runScenario(value, new Encounters(), true);
      expect(second.trace).toEqual(first.trace);
      lines += first.trace.length;
    }),
  );
  expect(lines).toBeGreaterThan(1_000);
});

test("another seed gives another trace: what is drawn on the way counts", async () => {
  const [drawn] = fc.sample(scenario, { numRuns: 1, seed: 7 });
  const trace = async (seed: number) =>
    (await runScenario({ ...drawn!, seed }, new Encounters(), true)).trace;
  expect(await trace(1)).not.toEqual(await trace(2));
});
