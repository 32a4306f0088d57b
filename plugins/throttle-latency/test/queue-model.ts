import { type LatencyOptions, LatencyThrottle } from "../src/latency-throttle.ts";

/** A cluster that serves so many reads at once; what is more has to wait. */
export interface Cluster {
  readonly servers: number;
  readonly serviceMs: number;
  /** Reads of the application that are always under way. */
  readonly load: number;
  /** Latencies spread by so much to both sides of what the queue gives; 0 for none, below 1. */
  readonly noise: number;
}

/** A throttle in front of a queue, in virtual time. */
export class QueueModel {
  readonly throttle: LatencyThrottle;
  readonly #options: LatencyOptions;
  readonly #cluster: Cluster;
  /** How many times slower than usual the cluster is now. */
  slowness = 1;
  #nowMs = 0;
  #turn = 0;

  constructor(options: LatencyOptions, cluster: Cluster) {
    this.#options = options;
    this.#cluster = cluster;
    this.throttle = new LatencyThrottle(options, { monotonicMs: () => this.#nowMs });
  }

  get inFlight(): number {
    return this.throttle.limit().inFlight ?? this.#options.max_in_flight;
  }

  get held(): boolean {
    return this.throttle.limit().hold !== undefined;
  }

  /** The latency that the queue gives with so many of our reads in flight, without noise. */
  latencyMs(inFlight = this.inFlight): number {
    const { servers, serviceMs, load } = this.#cluster;
    return serviceMs * this.slowness * Math.max(1, (inFlight + load) / servers);
  }

  /** One second with as many reads in flight as are allowed. Returns the limit at its end. */
  second(): number {
    for (let read = 0; read < 20; read += 1) {
      this.#nowMs += 50;
      if (this.held) continue;
      // A fixed spread in place of chance, so that a failure can be repeated.
      this.#turn = (this.#turn + 7) % 20;
      const spread = 1 + this.#cluster.noise * (this.#turn / 9.5 - 1);
      this.throttle.observe({ kind: "read", rows: 1, bytes: 1, latencyMs: this.latencyMs() * spread });
    }
    return this.inFlight;
  }

  seconds(count: number): readonly number[] {
    return Array.from({ length: count }, () => this.second());
  }
}
