import { describeStateStore, ManualClock, MemoryStateStore, SeededRandom } from "@cassandra-rekey/testkit";
import { describe, it } from "vitest";

describeStateStore(
  { describe, it },
  {
    name: "a store in memory",
    clock: "driven",
    async create() {
      const clock = new ManualClock();
      const store = new MemoryStateStore(clock, new SeededRandom(1));
      return {
        open: async () => store, // yours opens its file or its connection once more
        elapse: (ms) => clock.advance(ms),
        async [Symbol.asyncDispose]() {},
      };
    },
  },
);
