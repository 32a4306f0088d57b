import { definePlugin, defineThrottle } from "@cassandra-rekey/core";
import { Endpoint } from "./endpoint.ts";
import { probeOptions } from "./probe-options.ts";
import { ProbeThrottle } from "./probe-throttle.ts";

export default definePlugin({
  name: "@cassandra-rekey/throttle-probe",
  throttles: {
    probe: defineThrottle({
      options: probeOptions,
      async create(options, ctx) {
        const token = options.token && Buffer.from(await ctx.secret(options.token)).toString();
        const endpoint = new Endpoint(options, token, ctx.clock);
        const throttle = new ProbeThrottle({
          rules: options,
          ask: (signal) => endpoint.ask(signal),
          name: options.name ?? new URL(options.url).host,
          clock: ctx.clock,
        });
        await throttle.start();
        return throttle;
      },
    }),
  },
});
