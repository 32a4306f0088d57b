import type { JobControls } from "@cassandra-rekey/core";
import type { TuneReport } from "@cassandra-rekey/engine";

/** What `tune` prints with `--json`. */
export function tuneToJson({ jobId, state, ...controls }: TuneReport): object {
  return { jobId, state, ...controlsToJson(controls) };
}

/** Live control settings: `null` where the configuration applies. */
export function controlsToJson({ settings, revision, history }: JobControls): object {
  const { workers = null, maxRowsPerSecond = null, thresholdMs = null, maxInFlight = null } = settings;
  return {
    settings: { workers, maxRowsPerSecond, thresholdMs, maxInFlight },
    revision,
    history: history.map(({ at, ...record }) => ({ ...record, at: new Date(at).toISOString() })),
  };
}
