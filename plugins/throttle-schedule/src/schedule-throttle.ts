import type { Clock, Limit, Throttle } from "@cassandra-rekey/core";
import { type Opening, type WindowOptions, WorkWindows } from "./work-windows.ts";

/** When a job may work. */
export interface ScheduleOptions {
  readonly windows: readonly WindowOptions[];
  /** A name such as `Europe/Berlin`. */
  readonly time_zone: string;
}

/** Holds the job outside its windows. What was read when a window closes is still written. */
export class ScheduleThrottle implements Throttle {
  readonly #windows: WorkWindows;
  readonly #timeZone: string;
  readonly #clock: Pick<Clock, "wallMs">;
  #known: (Opening & { readonly atMs: number }) | undefined;

  constructor({ windows, time_zone }: ScheduleOptions, clock: Pick<Clock, "wallMs">) {
    this.#windows = new WorkWindows(windows, time_zone);
    this.#timeZone = time_zone;
    this.#clock = clock;
  }

  limit(): Limit {
    const { open, untilMs } = this.#now();
    if (open) return {};
    const until = untilMs === undefined ? "for good" : `until ${this.#text(untilMs)}`;
    return { hold: `throttle-schedule: no window is open ${until} (${this.#timeZone})` };
  }

  observe(): void {}

  async [Symbol.asyncDispose](): Promise<void> {}

  /** Patterns are looked at when a window opens or closes, and when the wall clock was set back. */
  #now(): Opening {
    const nowMs = this.#clock.wallMs();
    const known = this.#known;
    if (known && nowMs >= known.atMs && nowMs < (known.untilMs ?? Number.POSITIVE_INFINITY)) return known;
    this.#known = { ...this.#windows.at(nowMs), atMs: nowMs };
    return this.#known;
  }

  #text(ms: number): string {
    // Sweden writes dates as ISO 8601 does.
    const format = new Intl.DateTimeFormat("sv-SE", {
      timeZone: this.#timeZone,
      dateStyle: "short",
      timeStyle: "short",
    });
    return format.format(ms);
  }
}
