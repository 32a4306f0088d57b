/**
 * Settles as `promise` does, or rejects with the signal's reason, as it is, if that aborts first or has aborted already.
 * For waits on what does not obey a signal by itself: it ends the wait alone, and what was under way goes on. A rejection
 * that comes after the abort is taken for handled. On the signal nothing is left once the promise has settled.
 */
export function untilAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
