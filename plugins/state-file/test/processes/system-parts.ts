import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { Clock, Random } from "@cassandra-rekey/core";

/** The machine's own clock. */
export const clock: Clock = {
  wallMs: Date.now,
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, signal ? { signal } : {}),
  timeout: (ms) => AbortSignal.timeout(ms),
};

/** The machine's own randomness. */
export const random: Random = { bytes: randomBytes, uuid: randomUUID, fraction: Math.random };
