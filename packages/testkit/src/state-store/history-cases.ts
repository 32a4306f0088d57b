import { AssertionError } from "node:assert";
import { SeededRandom } from "../simulation/seeded-random.ts";
import type { StateStoreConformance } from "./conformance.ts";
import { RandomHistory } from "./random-history.ts";
import type { StoreCase } from "./scene.ts";

const DEFAULTS = { count: 5, steps: 60 };

/** Random histories, each compared with a simple model call by call. */
export function historyCases(conformance: StateStoreConformance): readonly StoreCase[] {
  const { count, steps } = conformance.histories ?? DEFAULTS;
  const firstSeed = conformance.seed ?? 20_240_501;
  return Array.from({ length: count }, (_, index): StoreCase => {
    const seed = firstSeed + index;
    return [
      `random history ${index + 1}: every answer is the model's`,
      async (scene) => {
        const history = new RandomHistory(scene, new SeededRandom(seed), conformance.clock === "driven");
        try {
          await history.play(steps);
        } catch (error) {
          if (!(error instanceof AssertionError)) throw error;
          error.message = `${error.message}\n\nseed ${seed}; what was called:\n${history.log.join("\n")}`;
          throw error;
        }
      },
    ];
  });
}
