import fc from "fast-check";
import { expect, test } from "vitest";
import { Encounters } from "./encounters.ts";
import { scenario } from "./narrow-scenarios.ts";
import { runScenario } from "./run-scenario.ts";

/** Scenarios in all parts of the suite together; more by REKEY_TEST_TIMES, or exactly as many as REKEY_TEST_SCENARIOS says. */
const SCENARIOS = 10_000;
/** Test files among which they are shared, to be run side by side. */
const PARTS = 4;
const MOST_SHOWN = 5;
/** Ten times what a scenario takes on two busy cores: past it, what was found is told without looking for a smaller case. */
const LONGEST_SCENARIO_MS = 120;
/** Of the first part, the next ones following on: an ordinary run tells of the change at hand, whatever luck would draw. */
const USUAL_SEED = 2026;

/** One part of the suite: each scenario keeps every property, and together they meet everything that they are there for. */
export function describeScenarios(part: number): void {
  const { REKEY_TEST_TIMES = 1, REKEY_TEST_SCENARIOS = SCENARIOS * Number(REKEY_TEST_TIMES) } = process.env;
  const seed = seedOf(part);
  const numRuns = Math.ceil(Number(REKEY_TEST_SCENARIOS) / PARTS);

  test(
    `nothing is lost, comes back or is passed over in ${numRuns} scenarios`,
    async () => {
      const encounters = new Encounters();
      await fc.assert(
        fc.asyncProperty(scenario, async (value) => {
          const { violations } = await runScenario(value, encounters);
          if (violations.length > 0) throw new Error(violations.slice(0, MOST_SHOWN).join("\n"));
        }),
        {
          numRuns,
          includeErrorInReport: true,
          interruptAfterTimeLimit: numRuns * LONGEST_SCENARIO_MS,
          markInterruptAsFailure: true,
          ...(seed !== undefined && { seed }),
        },
      );
      console.log(JSON.stringify({ scenarios: numRuns, ...encounters.counts }));
      expect(encounters.missing).toEqual([]);
    },
    numRuns * LONGEST_SCENARIO_MS + 60_000,
  );
}

/** `undefined` for new scenarios each time. */
function seedOf(part: number): number | undefined {
  const { REKEY_TEST_SEED, REKEY_TEST_TIMES = 1 } = process.env;
  if (REKEY_TEST_SEED !== undefined) return Number(REKEY_TEST_SEED) + part;
  return Number(REKEY_TEST_TIMES) > 1 ? undefined : USUAL_SEED + part;
}
