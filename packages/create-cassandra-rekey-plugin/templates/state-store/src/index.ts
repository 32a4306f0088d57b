import { definePart, definePlugin } from "@cassandra-rekey/core";
import { z } from "zod";
import { MemoryStore } from "./memory-store.ts";

/** Options. Their descriptions are shown by `cassandra-rekey extensions show template-part`. */
export const options = z.strictObject({});

export default definePlugin({
  name: "template-package",
  stateStores: {
    "template-part": definePart({
      options,
      // Connect to your database in here. What the store needs there is made by its init().
      create: async (_, ctx) => new MemoryStore(ctx.clock, ctx.random),
    }),
  },
});
