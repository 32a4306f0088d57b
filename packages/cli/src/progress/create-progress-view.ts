import type { Screen } from "../terminal/screen.ts";
import { BarProgress } from "./bar-progress.ts";
import { LineProgress } from "./line-progress.ts";
import type { ProgressView } from "./progress-view.ts";

const silent: ProgressView = { update() {}, close() {} };

/** Bars on a terminal, a line every few seconds elsewhere, nothing when a script reads the result. */
export function createProgressView(screen: Screen, json: boolean, nowMs: () => number): ProgressView {
  if (json) return silent;
  return screen.isTerminal ? new BarProgress(screen) : new LineProgress(screen, nowMs);
}
