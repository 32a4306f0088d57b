import { describeThrottle, throttleContext } from "@cassandra-rekey/testkit";
import { describe, it } from "vitest";
import plugin from "./throttle.ts";

describeThrottle(
  { describe, it },
  {
    name: "office-hours",
    measures: "itself",
    create: (clock) => plugin.throttles!["office-hours"]!.create({ from: 8, to: 18 }, throttleContext(clock)),
    press: (_, clock) => clock.advance(9 * 3_600_000),
    relieve: (_, clock) => clock.advance(10 * 3_600_000),
  },
);
