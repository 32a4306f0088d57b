import type { ScanKind } from "./table-shape.ts";
import type { TokenRange } from "./token-range.ts";
import type { Totals } from "./totals.ts";

/** What happens to a page: rewritten, all but rewritten, or only counted. */
export type JobKind = "rekey" | "dry-run" | "verify";

/** `paused` and `running` alternate; `done` is final. A `failed` job has chunks that failed; running it again retries those. */
export type JobState = "planned" | "running" | "paused" | "done" | "failed";

/**
 * How cells are written back: one microsecond newer than they were; at the very timestamp that they have, with a value
 * that wins there; or by lightweight transaction.
 */
export type WriteMode = "fenced" | "same-timestamp" | "lwt";

/** The parts of a table's schema that must not change under a job. */
export interface SchemaSnapshot {
  readonly tableId: string;
  /** `name type`, in key order. */
  readonly partitionKey: readonly string[];
  readonly clusteringKey: readonly string[];
  /** `name type kind` of each touched column. */
  readonly columns: readonly string[];
}

/** One pass over one table of a job. A table with regular and static encrypted columns has two. */
export interface JobTable {
  /**
   * Names the pass within the job: the table's name, or `keyspace.name` outside the cluster's keyspace; that of a pass
   * over static columns ends in `/static`.
   */
  readonly id: string;
  /** Absent: `"rows"`. */
  readonly scan?: ScanKind;
  /** `undefined` for jobs planned by the Python tool, which does not record it. */
  readonly keyspace: string | undefined;
  readonly name: string;
  readonly columns: readonly string[];
  readonly writeMode: WriteMode;
  readonly schema: SchemaSnapshot | undefined;
  /** The key version that cells go to, where it is not the configuration's target: in a rollback. */
  readonly targetVersion?: string;
  /** The same for named keyrings, by their names; each job table has that of the whole job. */
  readonly keyringTargets?: Readonly<Record<string, string>>;
  /**
   * The target key versions of the configuration that it was planned with, by keyring: with another target, part of the
   * cells would go elsewhere. Absent in a rollback, and in jobs from before this was recorded.
   */
  readonly plannedFor?: Readonly<Record<string, string>>;
  /** The one node (`address:port`) that this pass reads from, to see what that replica holds. Its id ends in `@` and it. */
  readonly replica?: string;
  /** Reads at this level instead of the one that the configuration gives the table. */
  readonly readConsistency?: string;
  /** The Python tool's fingerprint, on jobs that it planned. */
  readonly pythonFingerprint?: string;
  readonly chunks: number;
}

/** One job as a store keeps it. */
export interface Job {
  /** A UUID in lower case. */
  readonly id: string;
  readonly kind: JobKind;
  readonly state: JobState;
  /** Milliseconds since the epoch, for people. */
  readonly createdAt: number;
  /** When it became `done`, milliseconds since the epoch; absent before that, and where a store cannot tell. */
  readonly finishedAt?: number;
  readonly tables: readonly JobTable[];
  /** Who planned it. */
  readonly origin: "cassandra-rekey" | "python";
}

/** A job to be stored: visible to others only when all of its chunks are. */
export interface NewJob {
  readonly id: string;
  /** True: the id was drawn for this job, so no store can hold anything of an earlier one. Absent: somebody chose it. */
  readonly drawn?: boolean;
  readonly kind: JobKind;
  readonly tables: readonly (Omit<JobTable, "chunks"> & { readonly ranges: readonly TokenRange[] })[];
}

/** Chunks of one table by state. */
export interface ChunkCounts {
  readonly pending: number;
  readonly running: number;
  readonly done: number;
  readonly failed: number;
}

/** Rows by what became of them; in a pass over static columns, partitions. `raced` is `null` in fenced mode, where the server does not tell. */
export interface RowCounts {
  readonly scanned: number;
  readonly rekeyed: number;
  readonly skipped: number;
  readonly raced: number | null;
  readonly quarantined: number;
}

/** How far one table is. */
export interface TableProgress {
  readonly table: string;
  readonly chunks: ChunkCounts;
  readonly totals: Totals;
  /** The part of the token ring that is done, from 0 to 1. */
  readonly fraction: number;
  /** The last error of a failed or retried chunk, if any. */
  readonly lastError: string | undefined;
}

/** Cells that no key opens: named by primary key and reason, never by value. */
export interface QuarantineEntry {
  readonly table: string;
  readonly column: string;
  /** Raw CQL bytes of the key columns. */
  readonly key: readonly Uint8Array[];
  readonly reason: string;
  readonly writetime: bigint;
}

/** What one worker process says of itself. */
export interface WorkerReport {
  readonly worker: string;
  readonly host: string;
  readonly pid: number;
  /** Chunks that it works on at the same time; 1 when it does not say. */
  readonly workers?: number;
  /** Rows scanned since the process started. */
  readonly scanned: number;
  readonly rowsPerSecond: number;
  /** Requests allowed in flight now. */
  readonly permits: number;
  /** Why it waits, or `undefined` when nothing holds it back. */
  readonly waiting: string | undefined;
  /** What happened in this process so far: requests tried again, rows won by the application, cells quarantined. */
  readonly counts?: { readonly retries: number; readonly raced: number; readonly quarantined: number };
  /** The chunks that it holds now. */
  readonly leases?: {
    readonly held: number;
    /** Milliseconds until the first of them runs out unless it is renewed, when this was reported. */
    readonly soonestMs: number;
    /** Milliseconds that leases are claimed and renewed for. */
    readonly lengthMs: number;
  };
  /** The revision of the live control settings that it goes by. */
  readonly controls?: number;
  /** Seconds since the store last heard of it. Filled by the store on reading. */
  readonly ageSeconds?: number;
}
