import { definePart, definePlugin, type Throttle } from "@cassandra-rekey/core";
import { z } from "zod";

const options = z.strictObject({
  from: z.int().min(0).max(23).describe("Hour in UTC at which the job is held."),
  to: z.int().min(1).max(24).describe("Hour in UTC at which it goes on."),
});

export default definePlugin({
  name: "@acme/rekey-office-hours",
  throttles: {
    "office-hours": definePart({
      options,
      async create({ from, to }, { clock }): Promise<Throttle> {
        return {
          limit() {
            const hour = Math.floor(clock.wallMs() / 3_600_000) % 24;
            return hour >= from && hour < to ? { hold: `office hours until ${to}:00 UTC` } : {};
          },
          observe() {},
          async [Symbol.asyncDispose]() {},
        };
      },
    }),
  },
});
