/** Time, injected so that a simulation can own it. */
export interface Clock {
  /** Milliseconds since the Unix epoch, by this host's wall clock; may jump. */
  wallMs(): number;
  /** Milliseconds from an arbitrary origin; never goes back, and may stand still while the host is suspended. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A signal that aborts after `ms` with a `TimeoutError`. */
  timeout(ms: number): AbortSignal;
}
