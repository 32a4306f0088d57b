import type { Clock, Job, JobControls, Logger, StateStore, Throttle } from "@cassandra-rekey/core";
import { NO_CONTROLS } from "@cassandra-rekey/core";
import type { Crew } from "../executor/crew.ts";
import type { Governor } from "../governor/governor.ts";
import type { HookDispatcher } from "../hooks/hook-dispatcher.ts";
import type { ControlThrottle } from "./control-throttle.ts";

/** What {@link LiveControls} works with. */
export interface LiveControlsParts {
  readonly job: Job;
  readonly store: Pick<StateStore, "controls">;
  readonly clock: Clock;
  readonly crew: Crew;
  readonly governor: Governor;
  readonly throttles: readonly Throttle[];
  readonly rate: ControlThrottle;
  readonly hooks: HookDispatcher;
  readonly logger: Logger;
}

/** How often the store is asked, milliseconds: a change is obeyed within two seconds. */
const LOOK_MS = 1_000;

/** Keeps this process to the live control settings of its job. */
export class LiveControls {
  readonly #parts: LiveControlsParts;
  /** What applies where nothing is set. */
  readonly #configured: { readonly workers: number; readonly maxInFlight: number };
  #revision = 0;
  #silent = false;

  constructor(parts: LiveControlsParts) {
    this.#parts = parts;
    this.#configured = { workers: parts.crew.own, maxInFlight: parts.governor.maxInFlight };
  }

  /** The revision that this process goes by. */
  get revision(): number {
    return this.#revision;
  }

  /** Takes over what was set before this run. */
  async begin(signal: AbortSignal): Promise<void> {
    const controls = await this.#read(signal);
    if (controls.revision > 0) this.#obey(controls);
  }

  /** Looks about once a second until `ended` aborts. */
  async follow(ended: AbortSignal): Promise<void> {
    const { job, clock, hooks } = this.#parts;
    while (!ended.aborted) {
      await clock.sleep(LOOK_MS, ended).catch(() => {});
      if (ended.aborted) return;
      const controls = await this.#read(ended);
      if (controls.revision <= this.#revision) continue;
      const { settings, revision, history } = controls;
      this.#obey(controls);
      const { by = "unknown", at: tunedAt = 0 } = history[0] ?? {};
      hooks.emit({ type: "job.tuned", jobId: job.id, revision, settings, by, tunedAt });
    }
  }

  /** A store that cannot be read leaves everything as it is: the workers meet its trouble by themselves. */
  async #read(signal: AbortSignal): Promise<JobControls> {
    const { job, store, logger } = this.#parts;
    try {
      const controls = await store.controls(job.id, signal);
      this.#silent = false;
      return controls;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.#silent && !signal.aborted)
        logger.warn({ reason }, "the live control settings cannot be read");
      this.#silent = true;
      return NO_CONTROLS;
    }
  }

  #obey({ settings, revision, history }: JobControls): void {
    const { crew, governor, throttles, rate, logger } = this.#parts;
    const { workers, maxInFlight, maxRowsPerSecond, thresholdMs } = settings;
    this.#revision = revision;
    crew.resize(workers ?? this.#configured.workers);
    governor.maxInFlight = maxInFlight ?? this.#configured.maxInFlight;
    rate.set(maxRowsPerSecond, history[0]?.by ?? "unknown");
    const threshold = thresholdMs === undefined ? {} : { thresholdMs };
    const taken = throttles.map((throttle) => throttle.tune?.(threshold) ?? false);
    if (thresholdMs !== undefined && !taken.includes(true))
      logger.warn({ thresholdMs }, "no configured throttle goes by a latency: the threshold has no effect");
  }
}
