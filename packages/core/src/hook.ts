import type { JobKind, JobState, QuarantineEntry } from "./job.ts";
import type { Totals } from "./totals.ts";

/**
 * What happens during a run. The union is open: a hook ignores types that it does not know.
 * No event carries a key, a plaintext or a ciphertext.
 */
export type RekeyEvent =
  | {
      readonly type: "job.started";
      readonly jobId: string;
      readonly kind: JobKind;
      readonly tables: readonly string[];
    }
  | {
      readonly type: "job.state";
      readonly jobId: string;
      readonly state: JobState;
      /** Why a throttle paused the job; absent where a person did, or another process. */
      readonly reason?: string;
    }
  | {
      readonly type: "job.finished";
      readonly jobId: string;
      readonly state: JobState;
      readonly totals: Totals;
    }
  | {
      readonly type: "chunk.claimed";
      readonly jobId: string;
      readonly table: string;
      readonly chunkId: number;
    }
  | {
      readonly type: "chunk.finished";
      readonly jobId: string;
      readonly table: string;
      readonly chunkId: number;
      readonly totals: Totals;
    }
  | {
      readonly type: "chunk.failed";
      readonly jobId: string;
      readonly table: string;
      readonly chunkId: number;
      readonly code: string;
      readonly final: boolean;
    }
  | { readonly type: "chunk.lost"; readonly jobId: string; readonly table: string; readonly chunkId: number }
  | {
      readonly type: "page.done";
      readonly jobId: string;
      readonly table: string;
      readonly rows: number;
      readonly rekeyed: number;
      readonly bytes: number;
      readonly readMs: number;
      readonly writeMs: number;
    }
  | { readonly type: "page.dropped"; readonly jobId: string; readonly table: string; readonly ageMs: number }
  | {
      readonly type: "retry";
      readonly jobId: string;
      readonly what: string;
      readonly code: string;
      readonly attempt: number;
    }
  | {
      readonly type: "throttle";
      readonly jobId: string;
      readonly reason: string | undefined;
      readonly permits: number;
    }
  | { readonly type: "quarantine"; readonly jobId: string; readonly entries: readonly QuarantineEntry[] };

/** What a gate says to a start. */
export type Verdict = { readonly allow: true } | { readonly allow: false; readonly reason: string };

/** Hears events. An observer cannot fail or slow a job: its queue is bounded and what overflows is counted. */
export interface Hook extends AsyncDisposable {
  on(event: RekeyEvent): void | Promise<void>;
  /** Asked once before a job starts or goes on; may veto it. */
  gate?(start: { readonly jobId: string; readonly kind: JobKind }, signal: AbortSignal): Promise<Verdict>;
}
