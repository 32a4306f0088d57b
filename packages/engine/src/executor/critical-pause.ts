import type { Job, StateStore } from "@cassandra-rekey/core";
import type { Governor } from "../governor/governor.ts";

/** Pauses the job when a throttle asks for it; people resume it. */
export class CriticalPause {
  readonly #store: Pick<StateStore, "transition">;
  readonly #job: Job;
  readonly #governor: Governor;
  #reason: string | undefined;

  constructor(store: Pick<StateStore, "transition">, job: Job, governor: Governor) {
    this.#store = store;
    this.#job = job;
    this.#governor = governor;
  }

  /** Why this process paused the job last. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Pauses the job if it has to be. Rejects when the store cannot be reached; the governor holds meanwhile. */
  async look(signal: AbortSignal): Promise<void> {
    const reason = this.#governor.pause;
    if (reason === undefined) return;
    const { applied } = await this.#store.transition(this.#job.id, ["planned", "running"], "paused", signal);
    if (applied) this.#reason = reason;
    this.#governor.pauseObeyed();
  }

  /** The job goes on. */
  forget(): void {
    this.#reason = undefined;
  }
}
