import type { Job, StateStore } from "@cassandra-rekey/core";
import type { Governor } from "../governor/governor.ts";
import type { JobWatch } from "./job-watch.ts";

/** What a {@link CriticalPause} works with. */
export interface CriticalPauseParts {
  readonly store: Pick<StateStore, "transition">;
  readonly job: Job;
  readonly governor: Governor;
  readonly watch: Pick<JobWatch, "learn">;
}

/** Pauses the job when a throttle asks for it; people resume it. */
export class CriticalPause {
  readonly #parts: CriticalPauseParts;
  #reason: string | undefined;

  constructor(parts: CriticalPauseParts) {
    this.#parts = parts;
  }

  /** Why this process paused the job last. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Pauses the job if it has to be. Rejects when the store cannot be reached; the governor holds meanwhile. */
  async look(signal: AbortSignal): Promise<void> {
    const { store, job, governor, watch } = this.#parts;
    const reason = governor.pause;
    if (reason === undefined) return;
    const { applied, state } = await store.transition(job.id, ["planned", "running"], "paused", signal);
    if (applied) this.#reason = reason;
    // First of all: from the moment at which the governor is obeyed it lets pages go.
    watch.learn(state);
    governor.pauseObeyed();
  }

  /** The job goes on. */
  forget(): void {
    this.#reason = undefined;
  }
}
