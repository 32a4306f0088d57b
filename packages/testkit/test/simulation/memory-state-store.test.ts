import { describe, expect, it } from "vitest";
import { describeStateStore } from "../../src/index.ts";
import { ManualClock } from "../../src/simulation/manual-clock.ts";
import { MemoryStateStore } from "../../src/simulation/memory-state-store.ts";
import { SeededRandom } from "../../src/simulation/seeded-random.ts";

describeStateStore(
  { describe, it },
  {
    name: "MemoryStateStore",
    clock: "driven",
    async create() {
      const clock = new ManualClock();
      const store = new MemoryStateStore(clock, new SeededRandom(1));
      return {
        open: async () => store,
        elapse: (ms) => clock.advance(ms),
        [Symbol.asyncDispose]: async () => {},
      };
    },
  },
);

it("lets a test make any call fail before it has an effect", async () => {
  const store = new MemoryStateStore(new ManualClock(), new SeededRandom(1));
  const { signal } = new AbortController();
  store.beforeCall = (call) => {
    if (call === "createJob") throw new TypeError("made up");
  };
  await expect(store.createJob({ id: "j", kind: "rekey", tables: [] }, signal)).rejects.toThrow("made up");
  expect(await store.jobs(signal)).toEqual([]);
});
