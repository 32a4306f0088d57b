// The one place of the engine where real time enters; the lint rule of biome.json spares this file.
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "@cassandra-rekey/core";

/** The host's clocks. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await sleep(Math.max(0, ms), undefined, signal ? { signal } : {});
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  },
  timeout: (ms) => AbortSignal.timeout(Math.max(0, Math.ceil(ms))),
};
