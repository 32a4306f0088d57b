import type { RunProgress } from "@cassandra-rekey/engine";
import { formatAmount } from "../format/count.ts";
import { formatPercent } from "../format/fraction.ts";
import type { Screen } from "../terminal/screen.ts";
import { overallFraction, scannedRows } from "../text/overall.ts";
import { progressParts } from "./progress-parts.ts";
import type { ProgressView } from "./progress-view.ts";

const INTERVAL_MS = 5000;

/** A line every five seconds, and at once when the run comes to another phase. */
export class LineProgress implements ProgressView {
  readonly #screen: Screen;
  readonly #nowMs: () => number;
  #nextMs = Number.NEGATIVE_INFINITY;
  #phase: RunProgress["phase"] | undefined;
  #unsaid: RunProgress | undefined;

  /** @param nowMs milliseconds from any origin, never going back */
  constructor(screen: Screen, nowMs: () => number) {
    this.#screen = screen;
    this.#nowMs = nowMs;
  }

  update(progress: RunProgress): void {
    const now = this.#nowMs();
    this.#unsaid = progress;
    if (now < this.#nextMs && progress.phase === this.#phase) return;
    this.#nextMs = now + INTERVAL_MS;
    this.#phase = progress.phase;
    this.#say(progress);
  }

  close(): void {
    if (this.#unsaid !== undefined) this.#say(this.#unsaid);
  }

  #say(progress: RunProgress): void {
    this.#unsaid = undefined;
    this.#screen.write(`${progressLine(progress)}\n`);
  }
}

/** The whole run in one line. */
function progressLine(progress: RunProgress): string {
  return [
    `${progress.kind} ${progress.jobId}`,
    formatPercent(overallFraction(progress.tables)),
    formatAmount(scannedRows(progress.tables), "row"),
    ...progressParts(progress).map((part) => part.text),
  ].join("  ");
}
