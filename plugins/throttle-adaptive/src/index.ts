import { clusterOf } from "@cassandra-rekey/cassandra";
import { definePlugin, defineThrottle, isRekeyError } from "@cassandra-rekey/core";
import { z } from "zod";
import { AdaptiveThrottle } from "./adaptive-throttle.ts";
import { ForeignLoad } from "./foreign-load.ts";

/** Options of the `adaptive` throttle. */
export const adaptiveOptions = z
  .strictObject({
    tolerance: z
      .number()
      .gt(1)
      .max(100)
      .default(1.5)
      .describe("How many times as long as without the job requests may take while others use the cluster."),
    min_in_flight: z.int().min(1).default(2).describe("Requests in flight that are always allowed."),
    max_in_flight: z
      .int()
      .min(1)
      .default(1024)
      .describe("Requests in flight at most; execution.max_in_flight applies as well."),
  })
  .refine((options) => options.min_in_flight <= options.max_in_flight, {
    path: ["min_in_flight"],
    error: "must not be larger than max_in_flight",
  });

export default definePlugin({
  name: "@cassandra-rekey/throttle-adaptive",
  throttles: {
    adaptive: defineThrottle({
      options: adaptiveOptions,
      async create(options, ctx) {
        const load = new ForeignLoad(await clusterOf(ctx), ctx.clock);
        const throttle = new AdaptiveThrottle({
          options,
          clock: ctx.clock,
          others: (signal) => load.look(signal),
          onBlind: (error) =>
            ctx.logger.info(
              { code: isRekeyError(error) ? error.code : "unknown" },
              "throttle-adaptive cannot read system_views.clients, so it gives way as if the cluster were always in use",
            ),
        });
        throttle.start();
        return throttle;
      },
    }),
  },
});
