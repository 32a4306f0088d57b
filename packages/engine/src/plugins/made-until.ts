import { untilAborted } from "@cassandra-rekey/core";

/** A part that is being made. Nobody waits for it after `signal` has aborted; what comes later is closed. */
export async function madeUntil<Part>(
  making: Promise<Part>,
  signal: AbortSignal,
  closer: (late: Part) => AsyncDisposable,
): Promise<Part> {
  try {
    return await untilAborted(making, signal);
  } catch (error) {
    if (signal.aborted) making.then((late) => closer(late)[Symbol.asyncDispose]()).catch(() => {});
    throw error;
  }
}
