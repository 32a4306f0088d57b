import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, Random } from "@cassandra-rekey/core";

/** Time and randomness of the host, for tests over real sockets, whose deadlines a clock that stands still never meets. */
export const REAL_TIME: { readonly clock: Clock; readonly random: Random } = {
  clock: {
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    sleep: (ms, signal) => sleep(ms, undefined, { signal }),
    timeout: (ms) => AbortSignal.timeout(ms),
  },
  random: {
    bytes: (length) => randomBytes(length),
    uuid: () => randomUUID(),
    fraction: () => Math.random(),
  },
};
