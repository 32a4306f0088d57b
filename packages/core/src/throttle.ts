import type { ControlSettings } from "./controls.ts";

/** Who holds back and why, with the reading: `throttle-latency: read p99 61 ms > 50 ms for 12 s`. */
export type Reason = string;

/** What a throttle allows now. Absent means no limit. The tightest of all throttles applies. */
export interface Limit {
  /** Requests in flight, for this process. */
  readonly inFlight?: number;
  /** For this process. */
  readonly rowsPerSecond?: number;
  /** Read and written, for this process. */
  readonly bytesPerSecond?: number;
  /** Requests in flight to one host, by `address:port`: only requests for what it replicates are held back. */
  readonly perHost?: ReadonlyMap<string, number>;
  /** No new page is read while this is set. */
  readonly hold?: Reason;
  /**
   * The job is to be paused, in all processes, until someone resumes it. Acted on once, when it comes up: a job that
   * is resumed goes on, whatever this still says.
   */
  readonly pause?: Reason;
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
  /** The replicas as `address:port`, where known. */
  readonly replicas?: readonly string[];
}

/** Says how much; never queues. The engine's governor asks `limit()` before each request. */
export interface Throttle extends AsyncDisposable {
  limit(): Limit;
  observe(sample: Sample): void;
  /**
   * The live control settings of the job changed. A throttle that goes by a latency takes `thresholdMs` instead of its
   * own threshold, and its own again when that is absent; then it returns true.
   */
  tune?(settings: Pick<ControlSettings, "thresholdMs">): boolean;
  /** Yields when `limit()` changed without a sample, so that it is obeyed at once. Ends with the throttle. */
  readonly changes?: AsyncIterable<void>;
}
