import type { ControlChange, JobControls } from "@cassandra-rekey/core";
import type { TuneReport } from "@cassandra-rekey/engine";
import { formatInstant } from "../format/instant.ts";
import { oneLine } from "../terminal/plain-text.ts";
import type { Style } from "../terminal/style.ts";

const NAMES: Readonly<Record<keyof ControlChange, string>> = {
  workers: "workers",
  maxRowsPerSecond: "max-rows-per-second",
  thresholdMs: "threshold-ms",
  maxInFlight: "max-in-flight",
};

/** The live control settings of a job, and the last changes. */
export function tuneText(report: TuneReport, style: Style): readonly string[] {
  const changes = report.history.map(
    ({ at, by, change }) => `  ${formatInstant(at)}  ${oneLine(by)}: ${settingsText(change)}`,
  );
  return [
    `Job ${report.jobId}: ${tunedLine(report) ?? "nothing is set: all is as configured"}`,
    ...(changes.length === 0 ? [] : [style("bold", "Changes, newest first"), ...changes]),
  ];
}

/** What is set now, in a line; `undefined` when nothing is. */
export function tunedLine({ settings, history }: JobControls): string | undefined {
  if (Object.keys(settings).length === 0) return undefined;
  const [last] = history;
  const who = last ? ` (last by ${oneLine(last.by)}, ${formatInstant(last.at)})` : "";
  return `tuned: ${settingsText(settings)}${who}`;
}

function settingsText(settings: ControlChange): string {
  const parts = Object.entries(NAMES).flatMap(([key, name]) => {
    const value = settings[key as keyof ControlChange];
    return value === undefined ? [] : [`${name} ${value ?? "default"}`];
  });
  return parts.join(", ");
}
