/** Chunks that one process may be told to work on at the same time, by its configuration or while it runs. */
export const MOST_WORKERS = 1024;

/** Requests that one process may be told to have in flight. */
export const MOST_IN_FLIGHT = 4096;

/** Live control settings: they change a job while it runs. What is absent is as each process' configuration says. */
export interface ControlSettings {
  /** Chunks that each process works on at the same time, {@link MOST_WORKERS} at most. */
  readonly workers?: number;
  /** Rows a second for the whole job, shared by the workers of all processes. */
  readonly maxRowsPerSecond?: number;
  /** Latency above which throttles that go by one give way, milliseconds. */
  readonly thresholdMs?: number;
  /** Requests in flight, for each process, {@link MOST_IN_FLIGHT} at most. */
  readonly maxInFlight?: number;
}

/** What is to be changed: a number sets, `null` gives the setting back to the configuration. */
export type ControlChange = { readonly [Name in keyof ControlSettings]: number | null };

/** A change that was made, with who and when. */
export interface ControlRecord {
  /** Rises by one with each change of the job. */
  readonly revision: number;
  readonly change: ControlChange;
  readonly by: string;
  /** Milliseconds since the epoch, for people. */
  readonly at: number;
}

/** The live control settings of a job. */
export interface JobControls {
  readonly settings: ControlSettings;
  /** 0 while nothing was ever changed. */
  readonly revision: number;
  /** The last changes, newest first. */
  readonly history: readonly ControlRecord[];
}

/** What no change was ever made to. */
export const NO_CONTROLS: JobControls = { settings: {}, revision: 0, history: [] };

/** Changes that are remembered. */
const REMEMBERED = 20;

/** The controls after one more change. `at`: milliseconds since the epoch. */
export function tuned(before: JobControls, change: ControlChange, by: string, at: number): JobControls {
  const merged = { ...before.settings, ...change };
  const revision = before.revision + 1;
  return {
    settings: Object.fromEntries(Object.entries(merged).filter(([, value]) => typeof value === "number")),
    revision,
    history: [{ revision, change, by, at }, ...before.history].slice(0, REMEMBERED),
  };
}
