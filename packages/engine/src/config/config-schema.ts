import { z } from "zod";
import { clusterSchema } from "./cluster-schema.ts";
import { executionSchema } from "./execution-schema.ts";
import { flag, partName } from "./fields.ts";
import { keyringsSchema, keysSchema, providerSchema } from "./keys-schema.ts";
import { tableSchema } from "./table-schema.ts";

/** `state:` */
export const stateSchema = z
  .looseObject({
    type: partName()
      .optional()
      .describe(
        "Name of the state store: file or cassandra. Default, when state is given without it: cassandra.",
      ),
  })
  .describe(
    "Where jobs and their progress are kept, with the store's options. Default: a file on this host.",
  );

/** One entry of `throttles:` */
export const throttleSchema = z
  .looseObject({ type: partName().describe("Name of the throttle, such as latency.") })
  .describe("A throttle with its options.");

/** One entry of `hooks:` */
export const hookSchema = z
  .looseObject({
    type: partName().describe("Name of the hook, such as prometheus."),
    critical: flag().default(false).describe("Whether a failure of this hook fails the job."),
  })
  .describe("A hook with its options.");

const pluginsSchema = z
  .strictObject({
    allow: z
      .array(
        z
          .string()
          .regex(
            /^(@[\w.-]+\/\*|(@[\w.-]+\/)?[\w-][\w.-]*(@\d[\w.+-]*)?|\.{0,2}\/.+)$/,
            'must be a package name ("@acme/rekey-vault"), one with its exact version ("@acme/rekey-vault@1.4.2"), a scope ("@acme/*"), or the file name of a module ("./my-provider.js")',
          ),
      )
      .optional()
      .describe(
        "Packages and local modules that may be imported; nothing else is. Default: all that are installed.",
      ),
  })
  .describe("Which plugins may be used.");

/** The whole configuration, before shorthands are written out. */
export const configSchema = z
  .strictObject({
    cluster: clusterSchema,
    state: stateSchema.optional(),
    provider: providerSchema.optional(),
    keys: keysSchema.optional(),
    keyrings: keyringsSchema.optional(),
    tables: z.array(tableSchema).min(1).describe("The tables of a job. At least one."),
    execution: executionSchema.prefault({}),
    throttles: z
      .array(throttleSchema)
      .optional()
      .describe(
        "What slows a run down; the tightest applies. Default: adaptive, unless read_p99_threshold_ms is set; [] for none.",
      ),
    hooks: z.array(hookSchema).default([]).describe("Who is told what happens."),
    plugins: pluginsSchema.prefault({}),
  })
  .describe("Configuration of cassandra-rekey.");

export type ConfigInput = z.output<typeof configSchema>;
export type StateInput = z.output<typeof stateSchema>;
