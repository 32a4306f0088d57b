import fc from "fast-check";
import { expect, test } from "vitest";
import { Encounters } from "./encounters.ts";
import { runScenario } from "./run-scenario.ts";
import { scenario } from "./scenario.ts";

const times = Number(process.env["REKEY_TEST_TIMES"] ?? 1);
const RUNS = Math.ceil(10_000 * times);

test("nothing is lost, comes back or is passed over in any scenario", async () => {
  const encounters = new Encounters();
  await fc.assert(
    fc.asyncProperty(scenario, async (value) => {
      const { violations } = await runScenario(value, encounters);
      expect(violations).toEqual([]);
    }),
    { numRuns: RUNS },
  );
  console.log(encounters.counts);
  expect(encounters.missing).toEqual([]);
}, 3_600_000);
