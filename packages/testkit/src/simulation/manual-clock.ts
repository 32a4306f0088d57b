import type { Clock } from "@cassandra-rekey/core";
import { VirtualTime } from "./virtual-time.ts";

/**
 * The clocks of one simulated host. Both go with the world's time; the wall clock can be set apart from it, and
 * while the host is suspended the monotonic one stands still.
 */
export class ManualClock implements Clock {
  readonly time: VirtualTime;
  #wallOffsetMs: number;
  #suspendedMs = 0;

  /** `aheadMs`: how far this host's wall clock is ahead of true time. */
  constructor(time: VirtualTime = new VirtualTime(), aheadMs = 0) {
    this.time = time;
    this.#wallOffsetMs = aheadMs;
  }

  wallMs(): number {
    return this.time.utcMs + this.#wallOffsetMs;
  }

  monotonicMs(): number {
    return this.time.nowMs - this.#suspendedMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.time.after(
        ms,
        () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
        this,
      );
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  timeout(ms: number): AbortSignal {
    const controller = new AbortController();
    this.time.after(
      ms,
      () => controller.abort(new DOMException("the operation timed out", "TimeoutError")),
      this,
    );
    return controller.signal;
  }

  /** Sets the wall clock forward or, with a negative number, back. */
  stepWall(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  /** The host sleeps: the world and the wall clock go on, the monotonic clock and this host's timers do not. */
  suspend(ms: number): void {
    this.time.skip(ms, this);
    this.#suspendedMs += ms;
  }

  /** See {@link VirtualTime.advance}. */
  advance(ms: number): Promise<void> {
    return this.time.advance(ms);
  }

  /** See {@link VirtualTime.run}. */
  run<Result>(promise: Promise<Result>): Promise<Result> {
    return this.time.run(promise);
  }
}
