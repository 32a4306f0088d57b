import { definePart, definePlugin } from "@cassandra-rekey/core";
import { z } from "zod";
import { LatencyThrottle } from "./latency-throttle.ts";

/** Options of the `latency` throttle. */
export const latencyOptions = z
  .strictObject({
    threshold_ms: z
      .number()
      .positive()
      .describe("Read p99 above which the job gives way, milliseconds.")
      .meta({ examples: [50] }),
    pause: z
      .boolean()
      .default(false)
      .describe("Hold the job when the lowest limit does not bring the latency down."),
    critical_ms: z
      .number()
      .positive()
      .optional()
      .describe(
        "Read p99 above which the job is paused, in all processes, until someone resumes it, milliseconds.",
      ),
    window_seconds: z.number().min(1).max(600).default(10).describe("Seconds over which the p99 is taken."),
    min_in_flight: z.int().min(1).default(1).describe("Requests in flight that are always allowed."),
    max_in_flight: z.int().min(1).default(64).describe("Requests in flight from which the limit starts."),
  })
  .refine((options) => options.min_in_flight <= options.max_in_flight, {
    path: ["min_in_flight"],
    error: "must not be larger than max_in_flight",
  })
  .refine(
    ({ critical_ms: critical, threshold_ms: threshold }) => critical === undefined || critical >= threshold,
    {
      path: ["critical_ms"],
      error: "must not be smaller than threshold_ms",
    },
  );

export default definePlugin({
  name: "@cassandra-rekey/throttle-latency",
  throttles: {
    latency: definePart({
      options: latencyOptions,
      create: async (options, ctx) => new LatencyThrottle(options, ctx.clock),
    }),
  },
});
