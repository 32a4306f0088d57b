import { type Clock, type JobState, RekeyError, type StateStore } from "@cassandra-rekey/core";

/** How old a known state may be, milliseconds: a pause is seen within this time or a page, whichever is longer. */
const FRESH_MS = 400;

/** Knows the state of a job, asking the store no more often than needed however many workers ask. */
export class JobWatch {
  readonly #store: StateStore;
  readonly #jobId: string;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #state: JobState;
  #askedAtMs: number;
  #asking: Promise<JobState> | undefined;

  constructor(store: StateStore, jobId: string, state: JobState, clock: Clock, signal: AbortSignal) {
    this.#store = store;
    this.#jobId = jobId;
    this.#state = state;
    this.#clock = clock;
    this.#signal = signal;
    this.#askedAtMs = clock.monotonicMs();
  }

  /** The state as last seen. */
  get known(): JobState {
    return this.#state;
  }

  /** The state now, or as it was a moment ago. */
  async state(): Promise<JobState> {
    if (this.#clock.monotonicMs() - this.#askedAtMs < FRESH_MS) return this.#state;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<JobState> {
    const job = await this.#store.job(this.#jobId, this.#signal);
    if (!job) throw new RekeyError("JOB.NOT_FOUND", `job ${this.#jobId} is gone from the state store`);
    this.#state = job.state;
    this.#askedAtMs = this.#clock.monotonicMs();
    return job.state;
  }
}
