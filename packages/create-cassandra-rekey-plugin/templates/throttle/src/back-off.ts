import type { Clock, Limit, Sample, Throttle } from "@cassandra-rekey/core";

/** Holds the job for a while after a node said that it is overloaded. Answers from memory; never waits itself. */
export class BackOff implements Throttle {
  readonly #clock: Clock;
  readonly #backOffMs: number;
  #heldUntilMs = 0;

  constructor(clock: Clock, backOffMs: number) {
    this.#clock = clock;
    this.#backOffMs = backOffMs;
  }

  limit(): Limit {
    const leftMs = this.#heldUntilMs - this.#clock.monotonicMs();
    if (leftMs <= 0) return {};
    // A reason begins with the throttle's name: it is what an operator reads.
    return { hold: `template-part: the cluster is overloaded; goes on in ${Math.ceil(leftMs / 1000)} s` };
  }

  observe(sample: Sample): void {
    if (sample.error !== "CLUSTER.OVERLOADED") return;
    this.#heldUntilMs = this.#clock.monotonicMs() + this.#backOffMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
