import { definePlugin, defineProvider } from "@cassandra-rekey/core";
import { vaultOptions } from "./options.ts";
import { TransitClient } from "./transit-client.ts";
import { TransitKey } from "./transit-key.ts";

export default definePlugin({
  name: "@acme/rekey-provider-vault",
  providers: {
    vault: defineProvider({
      options: vaultOptions,
      async create(options, ctx) {
        const token = Buffer.from(await ctx.secret(options.token)).toString("utf8");
        return new TransitKey(
          ctx.keyVersion,
          new TransitClient(options, token, ctx.clock),
          options.batch_size,
        );
      },
    }),
  },
});
