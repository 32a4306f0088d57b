import { definePart, definePlugin } from "@cassandra-rekey/core";
import { z } from "zod";
import { FreezeHook } from "./freeze-hook.ts";

/** Options of the hook `acme-freeze`. */
const freezeOptions = z.strictObject({
  calendar: z
    .string()
    .min(1)
    .describe('JSON file with the days on which nothing is changed: ["2026-12-24"], in UTC.')
    .meta({ examples: ["/etc/acme/freeze-days.json"] }),
});

export default definePlugin({
  name: "@acme/rekey",
  hooks: {
    "acme-freeze": definePart({
      options: freezeOptions,
      create: async ({ calendar }, ctx) => new FreezeHook(calendar, ctx),
    }),
  },
});
