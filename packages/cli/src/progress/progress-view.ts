import type { RunProgress } from "@cassandra-rekey/engine";
import type { Screen } from "../terminal/screen.ts";
import { BarProgress } from "./bar-progress.ts";
import { LineProgress } from "./line-progress.ts";

/** Shows how a run is going. */
export interface ProgressView {
  /** About once a second. */
  update(progress: RunProgress): void;
  /** Leaves what was shown last in place. */
  close(): void;
}

const silent: ProgressView = { update() {}, close() {} };

/** Bars on a terminal, a line every few seconds elsewhere, nothing when a script reads the result. */
export function createProgressView(screen: Screen, json: boolean, nowMs: () => number): ProgressView {
  if (json) return silent;
  return screen.isTerminal ? new BarProgress(screen) : new LineProgress(screen, nowMs);
}
