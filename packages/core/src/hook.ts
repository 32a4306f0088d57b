import type { ControlSettings } from "./controls.ts";
import type { ChunkCounts, JobKind, JobState, QuarantineEntry } from "./job.ts";
import type { KeyServiceCall } from "./key-usage.ts";
import type { Totals } from "./totals.ts";

/** What is said of the whole job, or of this process' run of it. */
type JobEvent =
  | {
      readonly type: "job.started";
      readonly jobId: string;
      readonly kind: JobKind;
      readonly tables: readonly string[];
    }
  /** A gate refused the start. */
  | { readonly type: "job.vetoed"; readonly jobId: string; readonly hook: string; readonly reason: string }
  | {
      readonly type: "job.state";
      readonly jobId: string;
      readonly state: JobState;
      /** Why a throttle paused the job; absent where a person did, or another process. */
      readonly reason?: string;
    }
  /** Someone changed the live control settings; heard by every process that is at the job. */
  | {
      readonly type: "job.tuned";
      readonly jobId: string;
      readonly revision: number;
      /** What is in force now. */
      readonly settings: ControlSettings;
      readonly by: string;
      /** When, milliseconds since the epoch. */
      readonly tunedAt: number;
    }
  | {
      readonly type: "job.finished";
      readonly jobId: string;
      readonly state: JobState;
      readonly totals: Totals;
    }
  /** This process' run ended before the job did: on request, or by an error. */
  | {
      readonly type: "job.stopped";
      readonly jobId: string;
      readonly outcome: "interrupted" | "failed";
      /** The error's code when it failed. */
      readonly code?: string;
    };

type TableEvent =
  | {
      readonly type: "table.started";
      readonly jobId: string;
      readonly table: string;
      readonly chunks: ChunkCounts;
    }
  /** How far the table is by all processes' work, every few seconds. */
  | {
      readonly type: "table.progress";
      readonly jobId: string;
      readonly table: string;
      readonly chunks: ChunkCounts;
      /** From 0 to 1. */
      readonly fraction: number;
    }
  /** No chunk of the table is left to do. The later visit of young cells may open it again. */
  | {
      readonly type: "table.finished";
      readonly jobId: string;
      readonly table: string;
      readonly chunks: ChunkCounts;
      readonly totals: Totals;
    };

interface OfChunk {
  readonly jobId: string;
  readonly table: string;
  readonly chunkId: number;
}

type ChunkEvent =
  | ({ readonly type: "chunk.claimed" /** Failed before this one. */; readonly attempt: number } & OfChunk)
  | ({ readonly type: "chunk.finished"; readonly totals: Totals } & OfChunk)
  /** Given back with its progress: the job is paused, this process stops or has one worker less. */
  | ({ readonly type: "chunk.released"; readonly totals: Totals } & OfChunk)
  | ({ readonly type: "chunk.failed"; readonly code: string; readonly final: boolean } & OfChunk)
  | ({ readonly type: "chunk.lost" } & OfChunk)
  /** The lease was not renewed for half of its time; at 0 it is lost. */
  | ({ readonly type: "lease.late"; readonly leftMs: number } & OfChunk);

type PageEvent =
  | ({
      readonly type: "page.done";
      readonly rows: number;
      readonly rekeyed: number;
      /** Rows that an application write won; 0 in fenced mode, where the server does not tell. */
      readonly raced: number;
      readonly bytes: number;
      readonly readMs: number;
      /** Classifying, decrypting and encrypting, with calls to a key service. */
      readonly sealMs: number;
      readonly writeMs: number;
    } & OfChunk)
  | ({ readonly type: "page.dropped"; readonly ageMs: number } & OfChunk);

/**
 * What happens during a run. The union is open: a hook ignores types that it does not know.
 * No event carries a key, a plaintext or a ciphertext; primary keys are in `quarantine` alone.
 */
export type RekeyEvent =
  | JobEvent
  | TableEvent
  | ChunkEvent
  | PageEvent
  | {
      readonly type: "retry";
      readonly jobId: string;
      readonly what: "read" | "write" | "keys";
      readonly code: string;
      readonly attempt: number;
    }
  | {
      readonly type: "throttle";
      readonly jobId: string;
      readonly reason: string | undefined;
      readonly permits: number;
    }
  | ({
      readonly type: "key.call";
      readonly jobId: string;
      readonly keyVersion: string;
      /** The keyring of the key, where that is not the default one. */
      readonly keyring?: string;
    } & KeyServiceCall)
  | { readonly type: "quarantine"; readonly jobId: string; readonly entries: readonly QuarantineEntry[] }
  /** A hook was too slow and did not hear so many events. */
  | { readonly type: "hook.missed"; readonly jobId: string; readonly hook: string; readonly events: number };

/** What a gate says to a start. */
export type Verdict = { readonly allow: true } | { readonly allow: false; readonly reason: string };

/**
 * Hears events, one after the other. An observer cannot fail or slow a job: its queue is bounded, and what overflows
 * is counted.
 *
 * With `critical: true` in the configuration it can: the job waits until the hook has heard everything before a page
 * counts as done, before a chunk is claimed and at the job's end, and stops with `HOOK.FAILED` when `on` rejects or
 * takes longer than half a minute. So a critical hook makes its own retries, within that time.
 */
export interface Hook extends AsyncDisposable {
  /** `at` is when it happened: milliseconds since the epoch by this host's wall clock. */
  on(event: RekeyEvent, at: number): void | Promise<void>;
  /** Asked once before a job starts or goes on; may veto it. One that rejects or does not answer vetoes, too. */
  gate?(start: { readonly jobId: string; readonly kind: JobKind }, signal: AbortSignal): Promise<Verdict>;
}
