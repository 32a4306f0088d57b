import { describeThrottle, throttleContext } from "@cassandra-rekey/testkit";
import { describe, it } from "vitest";
import plugin from "../src/index.ts";

describeThrottle(
  { describe, it },
  {
    name: "template-part",
    measures: "samples",
    create: (clock) =>
      plugin.throttles!["template-part"]!.create({ back_off_seconds: 30 }, throttleContext(clock)),
    async press(throttle) {
      throttle.observe({ kind: "read", rows: 0, bytes: 0, latencyMs: 5, error: "CLUSTER.OVERLOADED" });
    },
    relieve: (_, clock) => clock.advance(31_000),
  },
);
