import { ManualClock } from "../simulation/index.ts";
import type { TestRunner } from "../test-runner.ts";
import type { ThrottleConformance } from "./conformance.ts";
import { throttleCases } from "./throttle-cases.ts";

/** Holds a throttle to the contract of {@link Throttle}, with any test runner. */
export function describeThrottle(runner: TestRunner, conformance: ThrottleConformance): void {
  runner.describe(`${conformance.name} keeps the contract of a throttle`, () => {
    for (const [name, check] of throttleCases) {
      runner.it(name, async () => {
        const clock = new ManualClock();
        await using stack = new AsyncDisposableStack();
        const throttle = stack.use(await conformance.create(clock));
        await check({ ...conformance, throttle, clock });
      });
    }
  });
}
