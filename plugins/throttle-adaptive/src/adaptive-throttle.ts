import {
  type ChangeSignal,
  type Clock,
  changeSignal,
  isRekeyError,
  type Limit,
  type Sample,
  type Throttle,
} from "@cassandra-rekey/core";
import { isQuiet } from "./foreign-load.ts";
import { GradientLimit, type GradientOptions } from "./gradient-limit.ts";

/** What an {@link AdaptiveThrottle} is made of. */
export interface AdaptiveParts {
  readonly options: GradientOptions;
  readonly clock: Pick<Clock, "monotonicMs" | "wallMs" | "sleep">;
  /** Requests a second that others send to the cluster; `undefined` where that cannot be told. */
  readonly others?: (signal: AbortSignal) => Promise<number | undefined>;
  /** Told once, when the cluster refuses to say who else is there. */
  readonly onBlind?: (error: unknown) => void;
}

/** Time between two looks at who else is there, milliseconds; the second comes soon, because two make a rate. */
const LOOK_MS = 2_000;
const SECOND_LOOK_MS = 500;

/**
 * Finds by itself how many requests may be in flight. While nobody else uses the cluster there is no limit; as soon as
 * someone does, or where that cannot be told, latency is kept near what it is without this job.
 */
export class AdaptiveThrottle implements Throttle {
  readonly #parts: AdaptiveParts;
  readonly #gradient: GradientLimit;
  readonly #ended = new AbortController();
  readonly #signal: ChangeSignal = changeSignal();
  #looking: Promise<void> | undefined;
  #others: number | undefined;

  constructor(parts: AdaptiveParts) {
    this.#parts = parts;
    this.#gradient = new GradientLimit(parts.options, parts.clock);
  }

  get changes(): AsyncIterable<void> {
    return this.#signal.changes;
  }

  /** Looks at who else is there, from now on by itself. */
  start(): void {
    this.#looking ??= this.#keepLooking();
  }

  limit(): Limit {
    if (this.#isAlone) return {};
    const { inFlight } = this.#gradient;
    return { inFlight, reason: `throttle-adaptive: ${this.#reason(inFlight)}` };
  }

  observe(sample: Sample): void {
    if (!this.#isAlone) this.#gradient.observe(sample);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    this.#signal.end();
    await this.#looking;
  }

  get #isAlone(): boolean {
    return this.#others !== undefined && isQuiet(this.#others);
  }

  async #keepLooking(): Promise<void> {
    const { others, onBlind, clock } = this.#parts;
    if (!others) return;
    const { signal } = this.#ended;
    for (let look = 1; !signal.aborted; look += 1) {
      try {
        this.#hear(await others(signal));
      } catch (error) {
        this.#hear(undefined);
        if (isForGood(error)) return onBlind?.(error);
      }
      await clock.sleep(look === 1 ? SECOND_LOOK_MS : LOOK_MS, signal).catch(() => {});
    }
  }

  #hear(others: number | undefined): void {
    const wasAlone = this.#isAlone;
    this.#others = others;
    if (wasAlone === this.#isAlone) return;
    // Someone came: what the cluster is like without us is measured first, which lets them through at once.
    if (wasAlone) this.#gradient.listen();
    this.#signal.tell();
  }

  #reason(inFlight: number): string {
    const { reading, isListening } = this.#gradient;
    const others = this.#others === undefined ? "" : `others send ${Math.round(this.#others)} requests/s, `;
    if (isListening || !reading) return `${others}measuring latency with ${inFlight} in flight`;
    const { inflation, unloaded } = reading;
    const base = Object.entries(unloaded).map(([kind, ms]) => `${kind} ${Number(ms.toPrecision(2))} ms`);
    return `${others}latency ${inflation.toFixed(1)} times the unloaded one (${base.join(", ")}), ${inFlight} in flight`;
  }
}

/** Whether asking again would be refused again. */
function isForGood(error: unknown): boolean {
  return (
    isRekeyError(error) && (error.code === "CLUSTER.UNAUTHORIZED" || error.code === "CLUSTER.INVALID_QUERY")
  );
}
