import type { RunProgress } from "@cassandra-rekey/engine";

/** Shows how a run is going. */
export interface ProgressView {
  /** About once a second. */
  update(progress: RunProgress): void;
  /** Leaves what was shown last in place. */
  close(): void;
}
