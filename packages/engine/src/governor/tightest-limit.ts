import type { Limit, Reason } from "@cassandra-rekey/core";

/** A number that must not be exceeded, and why. */
export interface Bound {
  readonly value: number;
  readonly reason: Reason | undefined;
}

/** The tightest of all limits, each with the reason of the throttle that set it. */
export interface TightestLimit {
  readonly inFlight: Bound;
  readonly rowsPerSecond: Bound | undefined;
  readonly bytesPerSecond: Bound | undefined;
  readonly perHost: ReadonlyMap<string, Bound>;
  readonly hold: Reason | undefined;
  readonly pause: Reason | undefined;
}

/** Takes the minimum of each limit. Requests in flight do not come down to none; a rate that does is a hold. */
export function tightestLimit(limits: readonly Limit[], maxInFlight: number): TightestLimit {
  let inFlight: Bound = { value: maxInFlight, reason: undefined };
  let rowsPerSecond: Bound | undefined;
  let bytesPerSecond: Bound | undefined;
  let hold: Reason | undefined;
  let pause: Reason | undefined;
  const perHost = new Map<string, Bound>();
  for (const limit of limits) {
    inFlight = tighter(inFlight, wholeNumber(limit.inFlight), limit.reason)!;
    rowsPerSecond = tighter(rowsPerSecond, positive(limit.rowsPerSecond), limit.reason);
    bytesPerSecond = tighter(bytesPerSecond, positive(limit.bytesPerSecond), limit.reason);
    for (const [host, value] of limit.perHost ?? [])
      perHost.set(host, tighter(perHost.get(host), wholeNumber(value), limit.reason)!);
    hold ??= limit.hold ?? standstill(limit);
    pause ??= limit.pause;
  }
  return { inFlight, rowsPerSecond, bytesPerSecond, perHost, hold, pause };
}

function tighter(
  bound: Bound | undefined,
  value: number | undefined,
  reason: Reason | undefined,
): Bound | undefined {
  if (value === undefined || (bound && bound.value <= value)) return bound;
  return { value, reason };
}

function wholeNumber(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.max(1, Math.floor(value));
}

/** Who lets nothing through at all means to hold: a rate of nothing could never be kept, and dropping it would be no limit. */
function standstill({ rowsPerSecond, bytesPerSecond, reason }: Limit): Reason | undefined {
  const stands = [rowsPerSecond, bytesPerSecond].some((rate) => rate !== undefined && rate <= 0);
  return stands ? (reason ?? "a throttle allows a rate of 0") : undefined;
}

/** {@link standstill} takes care of the others. */
function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}
