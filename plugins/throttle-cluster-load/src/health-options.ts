import { z } from "zod";

/** What a job is held for. */
export const HOLD_REASONS = ["node-down", "topology", "repair", "streaming"] as const;

/** Options of the `cluster-health` throttle. */
export const healthOptions = z
  .strictObject({
    hold_on: z
      .array(z.enum(HOLD_REASONS))
      .min(1)
      .default([...HOLD_REASONS])
      .describe(
        "What the job is held for: a node that is down, in any data centre; nodes that join, move or leave; a repair; streaming between nodes. All but node-down need Cassandra 4.1 or newer.",
      ),
    interval_seconds: z.number().min(1).max(600).default(10).describe("Time between two looks, seconds."),
  })
  .describe("Holds the job while the cluster is not whole, or is being repaired or changed.")
  .meta({ examples: [{ hold_on: ["node-down", "topology"] }] });

export type HealthOptions = z.output<typeof healthOptions>;
export type HoldReason = HealthOptions["hold_on"][number];
