import type { TestRunner } from "../test-runner.ts";
import type { ProviderConformance } from "./conformance.ts";
import { lifecycleCases } from "./lifecycle-cases.ts";
import { refusalCases } from "./refusal-cases.ts";
import { Scene } from "./scene.ts";
import { sealCases } from "./seal-cases.ts";
import { secrecyCases } from "./secrecy-cases.ts";

const CASES = [...sealCases, ...refusalCases, ...lifecycleCases, ...secrecyCases];

/**
 * Holds a provider's keys to the contract of {@link EncryptionKey}, with any test runner.
 *
 * @example
 * describeEncryptionProvider({ describe, it }, { name: "my provider", open: async () => myKey("v1"),
 *   openOther: async () => myKey("v2"), secrets: [secretText] });
 */
export function describeEncryptionProvider(runner: TestRunner, conformance: ProviderConformance): void {
  runner.describe(`${conformance.name} keeps the contract of an encryption provider`, () => {
    for (const [name, check] of CASES) {
      runner.it(name, async () => {
        await using scene = await Scene.open(conformance);
        await check(scene);
      });
    }
  });
}
