import { Cron } from "croner";

/** When work may be done: from each start on, for so long. */
export interface WindowOptions {
  /** A cron pattern of five fields. */
  readonly start: string;
  readonly hours: number;
}

/** Whether a moment is inside a window, and until when that stays so; `undefined`: for ever. */
export interface Opening {
  readonly open: boolean;
  readonly untilMs: number | undefined;
}

/** Answers whether a moment is inside one of several windows, by the wall clock of a time zone. */
export class WorkWindows {
  readonly #windows: readonly { readonly starts: Cron; readonly lengthMs: number }[];

  /** Throws what is wrong with a pattern. */
  constructor(windows: readonly WindowOptions[], timeZone: string) {
    this.#windows = windows.map(({ start, hours }) => ({
      starts: patternOf(start, timeZone),
      lengthMs: hours * 3_600_000,
    }));
  }

  at(nowMs: number): Opening {
    let closesMs: number | undefined;
    let opensMs: number | undefined;
    for (const { starts, lengthMs } of this.#windows) {
      // The earliest start that has not run its time yet; it is strictly later than the moment asked from.
      const startMs = starts.nextRun(new Date(nowMs - lengthMs))?.getTime();
      if (startMs === undefined) continue;
      if (startMs <= nowMs) closesMs = Math.max(closesMs ?? 0, startMs + lengthMs);
      else opensMs = Math.min(opensMs ?? Number.POSITIVE_INFINITY, startMs);
    }
    return closesMs === undefined ? { open: false, untilMs: opensMs } : { open: true, untilMs: closesMs };
  }
}

/** A pattern that is only asked, and never run. Throws what is wrong with it. */
export function patternOf(pattern: string, timezone: string): Cron {
  return new Cron(pattern, { timezone, mode: "5-part", paused: true });
}
