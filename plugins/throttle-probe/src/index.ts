import { definePlugin, defineThrottle, pollingThrottle } from "@cassandra-rekey/core";
import { Endpoint } from "./endpoint.ts";
import { Probe } from "./probe.ts";
import { probeOptions } from "./probe-options.ts";

export default definePlugin({
  name: "@cassandra-rekey/throttle-probe",
  throttles: {
    probe: defineThrottle({
      options: probeOptions,
      async create(options, ctx) {
        const token = options.token && Buffer.from(await ctx.secret(options.token)).toString();
        const endpoint = new Endpoint(options, token, ctx.clock);
        const probe = new Probe({
          rules: options,
          ask: (signal) => endpoint.ask(signal),
          name: options.name ?? new URL(options.url).host,
          clock: ctx.clock,
        });
        return pollingThrottle(probe, { intervalMs: options.interval_seconds * 1000, clock: ctx.clock });
      },
    }),
  },
});
