import { describeStateStore, ManualClock, pluginContext } from "@cassandra-rekey/testkit";
import { describe, it } from "vitest";
import plugin from "../src/index.ts";

describeStateStore(
  { describe, it },
  {
    name: "template-part",
    clock: "driven",
    async create() {
      const clock = new ManualClock();
      const store = await plugin.stateStores!["template-part"]!.create({}, pluginContext({ clock }));
      return {
        open: async () => store, // yours opens its connection once more
        elapse: (ms) => clock.advance(ms),
        async [Symbol.asyncDispose]() {},
      };
    },
  },
);
