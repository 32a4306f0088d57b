import { definePlugin, defineThrottle } from "@cassandra-rekey/core";
import { z } from "zod";
import { ScheduleThrottle } from "./schedule-throttle.ts";
import { patternOf } from "./work-windows.ts";

const windowSchema = z
  .strictObject({
    start: z
      .string()
      .superRefine((pattern, context) => {
        try {
          patternOf(pattern, "UTC");
        } catch {
          context.addIssue('must be a cron pattern of five fields, such as "0 22 * * 1-5"');
        }
      })
      .describe("Cron pattern (minute, hour, day, month, weekday) of the moments at which the window opens."),
    hours: z.number().positive().max(8784).describe("How long it stays open, hours."),
  })
  .meta({ examples: [{ start: "0 22 * * 1-5", hours: 8 }] });

/** Options of the `schedule` throttle. */
export const scheduleOptions = z.strictObject({
  windows: z.array(windowSchema).min(1).describe("When the job may work. Windows may overlap."),
  time_zone: z
    .string()
    .refine(isTimeZone, { error: 'must be the name of a time zone, such as "Europe/Berlin"' })
    .default("UTC")
    .describe("Time zone of the patterns, such as Europe/Berlin."),
});

export default definePlugin({
  name: "@cassandra-rekey/throttle-schedule",
  throttles: {
    schedule: defineThrottle({
      options: scheduleOptions,
      create: async (options, ctx) => new ScheduleThrottle(options, ctx.clock),
    }),
  },
});

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
