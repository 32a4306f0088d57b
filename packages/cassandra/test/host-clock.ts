import type { Clock, Logger } from "@cassandra-rekey/core";

/** This host's clocks. */
export const hostClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: () => Promise.reject(new DOMException("nothing in this package sleeps", "NotSupportedError")),
  timeout: (ms) => AbortSignal.timeout(ms),
};

/** Says nothing. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
