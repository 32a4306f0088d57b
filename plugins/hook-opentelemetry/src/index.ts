import { defineHook, definePlugin, type Hook } from "@cassandra-rekey/core";
import { z } from "zod";
import { Instruments } from "./instruments.ts";
import { SpanTree } from "./span-tree.ts";

/** Options of the `opentelemetry` hook. */
export const opentelemetryOptions = z.strictObject({
  traces: z.boolean().default(true).describe("Whether spans are made for job, chunks and key-service calls."),
  page_spans: z.boolean().default(true).describe("Whether each page has a span as well."),
  metrics: z.boolean().default(true).describe("Whether metrics are recorded."),
});

type OpentelemetryOptions = z.output<typeof opentelemetryOptions>;

const SCOPE = "@cassandra-rekey/hook-opentelemetry";

/** What hears nothing costs nothing. */
const SILENT: Hook = { on() {}, async [Symbol.asyncDispose]() {} };

export default definePlugin({
  name: SCOPE,
  hooks: {
    opentelemetry: defineHook({
      options: opentelemetryOptions,
      async create(options: OpentelemetryOptions, { clock, logger }): Promise<Hook> {
        const api = await import("@opentelemetry/api");
        const { isTracing, isMetering } = await import("./registered-sdk.ts");
        const traces = options.traces && isTracing(api);
        const metering = options.metrics && isMetering(api);
        if (!traces && !metering) {
          if (options.traces || options.metrics)
            logger.warn({}, "hook opentelemetry: no OpenTelemetry SDK is registered, so nothing is recorded");
          return SILENT;
        }
        const spans =
          traces &&
          new SpanTree(
            {
              tracer: api.trace.getTracer(SCOPE),
              outer: api.context.active(),
              inside: (span, outer) => api.trace.setSpan(outer, span),
              clientKind: api.SpanKind.CLIENT,
              errorStatus: api.SpanStatusCode.ERROR,
            },
            options.page_spans,
          );
        const instruments = metering && new Instruments(api.metrics.getMeter(SCOPE));
        return {
          on(event, at) {
            if (spans) spans.record(event, at);
            if (instruments) instruments.record(event);
          },
          async [Symbol.asyncDispose]() {
            if (spans) spans.close(clock.wallMs());
          },
        };
      },
    }),
  },
});
