import { definePlugin, defineThrottle } from "@cassandra-rekey/core";
import { z } from "zod";
import { RateThrottle } from "./rate-throttle.ts";

/** Options of the `rate` throttle. */
export const rateOptions = z
  .strictObject({
    rows_per_second: z
      .number()
      .positive()
      .optional()
      .describe("Rows a second that the whole job reads, all its processes together."),
    bytes_per_second: z
      .number()
      .positive()
      .optional()
      .describe("Bytes a second that the whole job reads and writes, all its processes together."),
  })
  .refine((options) => options.rows_per_second !== undefined || options.bytes_per_second !== undefined, {
    path: ["rows_per_second"],
    error: "rows_per_second or bytes_per_second is needed",
  })
  .meta({ examples: [{ rows_per_second: 2000 }] });

export default definePlugin({
  name: "@cassandra-rekey/throttle-rate",
  throttles: {
    rate: defineThrottle({
      options: rateOptions,
      create: async (options, ctx) => new RateThrottle(options, ctx),
    }),
  },
});
