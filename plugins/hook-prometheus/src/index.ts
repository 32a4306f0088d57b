import { hostname } from "node:os";
import { defineHook, definePlugin, type Hook } from "@cassandra-rekey/core";
import { z } from "zod";
import type { EndpointSettings } from "./metrics-endpoint.ts";

export { METRICS, type MetricDefinition, type MetricName } from "./metrics.ts";

const secret = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: z.string().min(1) }),
]);

const plainUrl = z
  .string()
  .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ""), {
    error: "must be an http or https URL",
    abort: true,
  })
  .refine((text) => URL.parse(text)?.username === "" && URL.parse(text)?.password === "", {
    error: "must not hold a user name or password: use push_authorization",
  });

/** Options of the `prometheus` hook. */
export const prometheusOptions = z
  .strictObject({
    listen: z
      .boolean()
      .default(true)
      .describe("Whether metrics are served; false where they are only pushed."),
    host: z
      .string()
      .min(1)
      .default("127.0.0.1")
      .describe("Address to listen on. Anyone who can reach it can read the metrics."),
    port: z.int().min(0).max(65_535).default(9464).describe("Port to listen on; 0: any free one."),
    ports: z
      .int()
      .min(1)
      .max(1000)
      .default(16)
      .describe("How many ports from `port` on are tried: each process of a host needs one."),
    path: z
      .string()
      .regex(/^\/\S*$/, "must begin with a slash")
      .default("/metrics")
      .describe("Path of the metrics."),
    process_metrics: z
      .boolean()
      .default(false)
      .describe("Also the process' own metrics: memory, CPU time, event loop."),
    push_url: plainUrl.optional().describe("Push gateway that metrics are put to as well."),
    push_interval_seconds: z
      .number()
      .min(1)
      .max(3600)
      .default(15)
      .describe("Time between two pushes, seconds."),
    push_job: z
      .string()
      .min(1)
      .max(200)
      .default("cassandra-rekey")
      .describe("The `job` label of pushed metrics."),
    push_authorization: secret
      .optional()
      .describe("Where the Authorization header for the push gateway is kept: env or file."),
  })
  .refine((options) => options.listen || options.push_url !== undefined, {
    path: ["listen"],
    error: "push_url is needed where nothing is served",
  });

type PrometheusOptions = z.output<typeof prometheusOptions>;

export default definePlugin({
  name: "@cassandra-rekey/hook-prometheus",
  hooks: {
    prometheus: defineHook({
      options: prometheusOptions,
      async create(options: PrometheusOptions, ctx): Promise<Hook> {
        // prom-client is read when it is used, not when the plugin is looked at.
        const [{ RunRegistry }, { EventRecorder }, { MetricsEndpoint }, { PushLoop }] = await Promise.all([
          import("./registry.ts"),
          import("./record-event.ts"),
          import("./metrics-endpoint.ts"),
          import("./push-loop.ts"),
        ]);
        const registry = new RunRegistry({ processMetrics: options.process_metrics });
        const recorder = new EventRecorder(registry);
        await using stack = new AsyncDisposableStack();
        if (options.listen) {
          const endpoint = stack.use(
            await MetricsEndpoint.open(options satisfies EndpointSettings, registry),
          );
          ctx.logger.info({ url: `${endpoint.url}${options.path}` }, "metrics are served");
        }
        const { push_url: url, push_authorization: kept } = options;
        if (url !== undefined) {
          const authorization = kept && Buffer.from(await ctx.secret(kept)).toString("utf8");
          const settings = {
            url,
            intervalMs: options.push_interval_seconds * 1000,
            job: options.push_job,
            instance: `${hostname()}:${process.pid}`,
            authorization,
          };
          stack.use(new PushLoop(settings, registry, ctx.clock, ctx.logger));
        }
        const open = stack.move();
        return {
          on: (event) => recorder.record(event),
          [Symbol.asyncDispose]: () => open.disposeAsync(),
        };
      },
    }),
  },
});
