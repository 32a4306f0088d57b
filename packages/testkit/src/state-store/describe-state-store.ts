import type { TestRunner } from "../test-runner.ts";
import { chunkCases } from "./chunk-cases.ts";
import type { StateStoreConformance } from "./conformance.ts";
import { controlCases } from "./control-cases.ts";
import { historyCases } from "./history-cases.ts";
import { jobCases } from "./job-cases.ts";
import { keyCheckCases } from "./key-check-cases.ts";
import { leaseCases } from "./lease-cases.ts";
import { quarantineCases } from "./quarantine-cases.ts";
import { reopenCases } from "./reopen-cases.ts";
import { Scene, type StoreCase } from "./scene.ts";
import { sharingCases } from "./sharing-cases.ts";

const CASES: readonly StoreCase[] = [
  ...jobCases,
  ...chunkCases,
  ...leaseCases,
  ...reopenCases,
  ...quarantineCases,
  ...sharingCases,
  ...controlCases,
  ...keyCheckCases,
];

/**
 * Holds a state store to the contract of {@link StateStore}, with any test runner.
 *
 * @example
 * describeStateStore({ describe, it }, { name: "my store", clock: "real", create: async () => myStorage() });
 */
export function describeStateStore(runner: TestRunner, conformance: StateStoreConformance): void {
  runner.describe(`${conformance.name} keeps the contract of a state store`, () => {
    for (const [name, check] of [...CASES, ...historyCases(conformance)]) {
      runner.it(name, async () => {
        await using scene = await Scene.open(conformance);
        await check(scene);
      });
    }
  });
}
