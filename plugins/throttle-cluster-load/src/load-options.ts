import { z } from "zod";

/** Options of the `cluster-load` throttle. */
export const loadOptions = z
  .strictObject({
    read_p99_ms: z
      .number()
      .positive()
      .optional()
      .describe(
        "Coordinator p99 of single-partition reads of the job's tables above which a node is hot, milliseconds.",
      ),
    write_p99_ms: z
      .number()
      .positive()
      .optional()
      .describe("Coordinator p99 of writes to the job's tables above which a node is hot, milliseconds."),
    pending_tasks: z
      .int()
      .positive()
      .default(64)
      .describe("Requests waiting in a node's read, write and transport stages above which it is hot."),
    compactions: z.int().positive().optional().describe("Running compactions above which a node is hot."),
    hints: z
      .int()
      .positive()
      .optional()
      .describe(
        "Files of hints that a node keeps for others, above which it is hot. Cassandra 4.1 and newer.",
      ),
    max_in_flight_per_node: z
      .int()
      .min(2)
      .default(32)
      .describe(
        "Requests in flight from which a hot node's budget is halved; without a hot node there is no limit.",
      ),
    critical_factor: z
      .number()
      .gt(1)
      .optional()
      .describe(
        "How many times above its threshold a reading pauses the job, in all processes, until someone resumes it.",
      ),
    interval_seconds: z.number().min(1).max(600).default(5).describe("Time between two looks, seconds."),
  })
  .describe("Slows down for nodes that are busy by their own account.")
  .meta({ examples: [{ read_p99_ms: 20, compactions: 4 }] });

export type LoadOptions = z.output<typeof loadOptions>;
