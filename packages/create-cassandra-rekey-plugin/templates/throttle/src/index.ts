import { definePlugin, defineThrottle } from "@cassandra-rekey/core";
import { z } from "zod";
import { BackOff } from "./back-off.ts";

/** Options. Their descriptions are shown by `cassandra-rekey extensions show template-part`. */
export const options = z.strictObject({
  back_off_seconds: z
    .number()
    .positive()
    .max(3600)
    .default(30)
    .describe("How long nothing is read after the cluster said that it is overloaded, seconds."),
});

export default definePlugin({
  name: "template-package",
  throttles: {
    "template-part": defineThrottle({
      options,
      create: async ({ back_off_seconds }, ctx) => new BackOff(ctx.clock, back_off_seconds * 1000),
    }),
  },
});
