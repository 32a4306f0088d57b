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
  #learntAtMs = 0;
  #learnt = 0;
  #asking: Promise<JobState> | undefined;
  #pause = new AbortController();

  constructor(store: StateStore, jobId: string, state: JobState, clock: Clock, signal: AbortSignal) {
    this.#store = store;
    this.#jobId = jobId;
    this.#state = state;
    this.#clock = clock;
    this.#signal = signal;
    this.learn(state);
  }

  /** The state as last seen. */
  get known(): JobState {
    return this.#state;
  }

  /** Aborts when the job is seen to be paused. What begins after it was resumed has another one. */
  get pause(): AbortSignal {
    return this.#pause.signal;
  }

  /** The state now, or as it was a moment ago. */
  async state(): Promise<JobState> {
    if (this.#clock.monotonicMs() - this.#learntAtMs < FRESH_MS) return this.#state;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** For whoever has just been told the state by the store: nobody has to ask first. */
  learn(state: JobState): void {
    this.#state = state;
    this.#learntAtMs = this.#clock.monotonicMs();
    this.#learnt += 1;
    if (state === "paused") this.#pause.abort(new DOMException("the job is paused", "AbortError"));
    else if (this.#pause.signal.aborted) this.#pause = new AbortController();
  }

  async #ask(): Promise<JobState> {
    const before = this.#learnt;
    const job = await this.#store.job(this.#jobId, this.#signal);
    if (!job) throw new RekeyError("JOB.NOT_FOUND", `job ${this.#jobId} is gone from the state store`);
    // What was learnt meanwhile is newer than this answer: a job that was just paused must not go on once more.
    if (this.#learnt !== before) return this.#state;
    this.learn(job.state);
    return job.state;
  }
}
