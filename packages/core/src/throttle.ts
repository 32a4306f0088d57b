/** Why a throttle holds back, with its reading: `read p99 61 ms > 50 ms for 12 s`. */
export type Reason = string;

/** What a throttle allows now. Absent means no limit. The tightest of all throttles applies. */
export interface Limit {
  /** Requests in flight, for this process. */
  readonly inFlight?: number;
  /** For this process. */
  readonly rowsPerSecond?: number;
  /** Requests in flight to one host, by address. */
  readonly perHost?: ReadonlyMap<string, number>;
  /** No new page is read while this is set. */
  readonly hold?: Reason;
  /** Why the other limits are what they are. */
  readonly reason?: Reason;
}

/** One request as the engine saw it. */
export interface Sample {
  readonly kind: "read" | "write";
  readonly rows: number;
  readonly bytes: number;
  readonly latencyMs: number;
  /** The error's code when the request failed. */
  readonly error?: string;
  /** Addresses of the replicas, where known. */
  readonly replicas?: readonly string[];
}

/** Says how much; never queues. The engine's governor asks `limit()` before each request. */
export interface Throttle extends AsyncDisposable {
  limit(): Limit;
  observe(sample: Sample): void;
  /** Yields when `limit()` changed without a sample. */
  readonly changes?: AsyncIterable<void>;
}
