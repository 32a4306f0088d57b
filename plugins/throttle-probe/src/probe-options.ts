import { NO_VARIABLE_NAME, VARIABLE_NAME } from "@cassandra-rekey/core";
import { z } from "zod";

const secretRef = z.union([
  z.strictObject({
    env: z
      .string()
      .regex(VARIABLE_NAME, NO_VARIABLE_NAME)
      .describe("Environment variable that holds the token."),
  }),
  z.strictObject({ file: z.string().min(1).describe("File that holds the token.") }),
]);

/** Options of the `probe` throttle. */
export const probeOptions = z
  .strictObject({
    url: z
      .string()
      .regex(/^https?:\/\/[^\s/]/, "must be an http or https URL")
      .refine((url) => URL.canParse(url), { error: "must be an http or https URL" })
      .describe("What is asked; with `query`, the address of a Prometheus server, without /api/v1."),
    query: z
      .string()
      .min(1)
      .optional()
      .describe(
        "PromQL. The largest value of its result is compared; a result without a value is a failure.",
      ),
    field: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe(
        "Where the number stands in a JSON answer, such as `latency.p99`. Default: the whole answer is the number.",
      ),
    threshold: z
      .number()
      .optional()
      .describe(
        "The job is held while the value is above. Without it the status decides: 429 and 503 hold, 2xx lets go.",
      ),
    resume_below: z
      .number()
      .optional()
      .describe("The value at or below which a held job goes on. Default: the threshold."),
    critical: z
      .number()
      .optional()
      .describe("The value above which the job is paused, in all processes, until someone resumes it."),
    on_failure: z
      .enum(["hold", "go-on"])
      .default("hold")
      .describe("What happens while the probe itself fails."),
    interval_seconds: z.number().min(1).max(3600).default(5).describe("Time between two looks, seconds."),
    timeout_ms: z
      .int()
      .min(10)
      .max(60_000)
      .default(2_000)
      .describe("Time that one answer may take, milliseconds."),
    name: z
      .string()
      .regex(/^[^\p{Cc}]{1,60}$/u, "must be one line of at most 60 characters")
      .optional()
      .describe("What the value is called where the reason is shown. Default: the host that is asked."),
    token: secretRef.optional().describe("Where a bearer token is kept, if the endpoint wants one."),
  })
  .superRefine((options, context) => {
    const { query, field, threshold, resume_below, critical } = options;
    const wrong = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if (threshold === undefined) {
      for (const [name, value] of Object.entries({ query, field, resume_below, critical }))
        if (value !== undefined) wrong(name, "needs a threshold");
      return;
    }
    if (query !== undefined && field !== undefined) wrong("field", "cannot be used together with query");
    if (resume_below !== undefined && resume_below > threshold)
      wrong("resume_below", "must not be larger than threshold");
    if (critical !== undefined && critical < threshold)
      wrong("critical", "must not be smaller than threshold");
  });

export type ProbeOptions = z.output<typeof probeOptions>;
