import type { RunProgress } from "@cassandra-rekey/engine";
import { formatAmount, formatRate } from "../format/count.ts";
import { formatDuration } from "../format/duration.ts";
import { oneLine } from "../terminal/plain-text.ts";

/** One thing that is said of a run. */
export interface ProgressPart {
  readonly text: string;
  /** What holds the run back, or else deserves a look. */
  readonly notable: boolean;
}

const PHASES: Readonly<Record<Exclude<RunProgress["phase"], "sweep">, string>> = {
  young: "visiting young cells again",
  paused: "paused",
  settling: "waiting for young cells to settle",
};

/** Rows are everybody's, so the rate of this process alone would not add up to them. */
function rates({ rowsPerSecond, others }: RunProgress): string {
  const own = formatRate(rowsPerSecond);
  if (others === undefined || others.processes === 0) return own;
  const processes = formatAmount(others.processes, "other process", "other processes");
  return `${own} here, ${formatRate(others.rowsPerSecond)} in ${processes}`;
}

/** Rate, time left, permits and the reason for waiting. */
export function progressParts(progress: RunProgress): readonly ProgressPart[] {
  const parts: ProgressPart[] = [
    { text: rates(progress), notable: false },
    {
      text: progress.etaMs === undefined ? "ETA unknown" : `ETA ${formatDuration(progress.etaMs)}`,
      notable: false,
    },
    { text: formatAmount(progress.permits, "permit"), notable: false },
  ];
  if (progress.phase !== "sweep") parts.push({ text: PHASES[progress.phase], notable: true });
  if (progress.waiting !== undefined) {
    parts.push({ text: `waiting: ${oneLine(progress.waiting)}`, notable: true });
  }
  return parts;
}
