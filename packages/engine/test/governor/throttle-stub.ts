import type { Limit, Throttle } from "@cassandra-rekey/core";
import { ManualClock } from "@cassandra-rekey/testkit";
import { vi } from "vitest";
import { Governor, type Permit, type RequestKind } from "../../src/governor/governor.ts";

const { signal } = new AbortController();

/** A throttle whose limit is set by the test. */
export function throttleStub(limit: Limit) {
  const stub = {
    now: limit,
    limit: () => stub.now,
    observe: vi.fn(),
    async [Symbol.asyncDispose]() {},
  };
  return stub satisfies Throttle & { now: Limit };
}

/** A governor over stubs, and a record of who was let go, in order. */
export function governed(limits: readonly Limit[], maxInFlight = 64) {
  const clock = new ManualClock();
  const throttles = limits.map(throttleStub);
  const governor = new Governor(throttles, maxInFlight, clock);
  const left: string[] = [];
  const permits = new Map<string, Permit>();
  const leave = (name: string, kind: RequestKind = "page", replicas: readonly string[] = [], rows = 0) =>
    governor.leave(kind, signal, replicas, rows).then((permit) => {
      left.push(name);
      permits.set(name, permit);
    });
  return { clock, throttles, governor, left, permits, leave };
}
