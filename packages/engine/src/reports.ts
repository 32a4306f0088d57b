import type {
  CensusEntry,
  JobControls,
  JobKind,
  JobState,
  RowCounts,
  ScanKind,
  TableProgress,
  Totals,
  WorkerReport,
  WriteMode,
} from "@cassandra-rekey/core";

/** What `plan` made. */
export interface PlanReport {
  readonly jobId: string;
  readonly tables: readonly {
    readonly keyspace: string;
    readonly name: string;
    readonly scan?: ScanKind;
    readonly chunks: number;
    readonly writeMode: WriteMode;
  }[];
  readonly warnings: readonly string[];
}

/** Where a job stands. */
export interface StatusReport {
  readonly jobId: string;
  readonly kind: JobKind;
  readonly state: JobState;
  readonly createdAt: number;
  readonly origin: "cassandra-rekey" | "python";
  readonly tables: readonly StatusTable[];
  readonly workers: readonly WorkerReport[];
  readonly quarantined: number;
  /** Nodes that were down while this job wrote, for longer than hints are kept, one line each. */
  readonly outages: readonly string[];
  /** Live control settings. */
  readonly controls: JobControls;
}

/** One table of a {@link StatusReport}. */
export interface StatusTable {
  readonly keyspace: string | undefined;
  readonly name: string;
  /** `"partitions"`: the pass over the table's static columns, whose "rows" are partitions. Absent: `"rows"`. */
  readonly scan?: ScanKind;
  readonly chunks: TableProgress["chunks"];
  readonly rows: RowCounts;
  /** Cells left for a later visit because they were younger than `settle`. */
  readonly young: number;
  /** The part of the token ring that is done, from 0 to 1. */
  readonly fraction: number;
  readonly lastError: string | undefined;
  /** The one node (`address:port`) that is read, in a verification per replica. */
  readonly replica?: string;
}

/** The live control settings of a job. */
export interface TuneReport extends JobControls {
  readonly jobId: string;
  readonly state: JobState;
}

/** How a run is going, told about once a second. */
export interface RunProgress {
  readonly jobId: string;
  readonly kind: JobKind;
  readonly state: JobState;
  /** What the run is at: scanning, visiting young cells again, or waiting. */
  readonly phase: "sweep" | "young" | "paused" | "settling";
  readonly tables: readonly StatusTable[];
  /** Of this process. */
  readonly rowsPerSecond: number;
  /** Milliseconds left for the whole job at its present rate; `undefined` until it can be told. */
  readonly etaMs: number | undefined;
  /** Requests this process may have in flight now. */
  readonly permits: number;
  /** Why it waits or is held back, or `undefined`. */
  readonly waiting: string | undefined;
  /** The other processes that are at the same job, as far as they were heard of lately. */
  readonly others?: { readonly processes: number; readonly rowsPerSecond: number };
}

/** A census line with its place. */
export interface CensusLine extends CensusEntry {
  readonly keyspace: string;
  readonly table: string;
  /** The node (`address:port`) that holds these cells, in a verification per replica. */
  readonly replica?: string;
}

/** How a run ended. */
export interface RunReport {
  readonly jobId: string;
  readonly kind: JobKind;
  /** `interrupted`: stopped on request, and can go on. */
  readonly outcome: "done" | "interrupted";
  readonly tables: readonly StatusTable[];
  readonly totals: Totals;
  /** What the cells were under when this job's sweep read them. */
  readonly census: readonly CensusLine[];
  readonly quarantined: number;
  /** Cells that are still young and under a previous key at the end: some application still writes with the old key. */
  readonly young: number;
  /** Wall time of this call, milliseconds. */
  readonly elapsedMs: number;
  /** Rows scanned by this process in this call. */
  readonly scanned: number;
  /**
   * For a dry run: the estimated duration of the real run at the same settings in one process, milliseconds. Absent where
   * this call has read less than a tenth of the rows.
   */
  readonly estimateMs: number | undefined;
  /** One line each: raced rows, young cells, retries. */
  readonly notes: readonly string[];
  /** The job was done before this was asked for: nothing was read again, and what is said is of then. */
  readonly stored?: true;
  /** With `stored`: when it became done, milliseconds since the epoch, where the store can tell. */
  readonly finishedAt?: number;
  /** For a run until clean: how many sweeps the job has had, and what the last one says. */
  readonly sweeps?: SweepReport;
}

/** Where a run until clean ended. */
export interface SweepReport {
  readonly count: number;
  /** The last sweep found nothing to rewrite. */
  readonly clean: boolean;
  /** What kept it from being clean, one line for each column and key version. */
  readonly findings: readonly string[];
}

/** One cell in quarantine, with its primary key: personal data, so for whoever asked, and for no log. */
export interface QuarantinedCell {
  readonly keyspace: string;
  readonly table: string;
  readonly column: string;
  readonly reason: string;
  /** Microseconds. */
  readonly writetime: bigint;
  /** The key columns in order, as people read them. */
  readonly key: readonly { readonly column: string; readonly text: string }[];
  /** The key's exact bytes: each column base64, joined by dots. */
  readonly rowKey: string;
}

/** A job's quarantine; the cells are read as they are asked for. */
export interface QuarantineReport {
  readonly jobId: string;
  readonly cells: AsyncIterable<QuarantinedCell>;
}

/** What trying the quarantine again came to, in cells. */
export interface QuarantineRetryReport {
  readonly jobId: string;
  readonly tried: number;
  /** Under the target key now, and no longer in quarantine. */
  readonly rekeyed: number;
  /** Deleted, expired or set to null by the application, and no longer in quarantine. */
  readonly gone: number;
  /** Still in quarantine, untouched. */
  readonly left: number;
}

/** What a verification found. */
export interface VerifyReport {
  readonly jobId: string;
  readonly outcome: "done" | "interrupted";
  /** When the last cell was read, milliseconds since the epoch; absent while there is more to read. */
  readonly finishedAt?: number;
  /** Whether it was finished before it was asked for: nothing was read again, and the verdict is of then. */
  readonly stored: boolean;
  /** No cell under a previous key, and none that no key opens; false while there is more to read. */
  readonly clean: boolean;
  readonly census: readonly CensusLine[];
  readonly quarantined: number;
  /** The label of the key that every cell should be under; with several keyrings that of each, joined by commas. */
  readonly targetVersion: string;
  /** One line each, such as `app.users.email: some application still writes with the old key v1: newest 14 s ago`. */
  readonly findings: readonly string[];
  /** Repairs to be made before the key is retired, one line each: nodes missed writes that no hint brings back. */
  readonly repairs: readonly string[];
  /** What else still holds old ciphertext of the tables; empty until the verification is finished. */
  readonly remnants: readonly Remnant[];
}

/** Something besides live cells that still holds old ciphertext of a table. */
export interface Remnant {
  readonly keyspace: string;
  readonly table: string;
  readonly what: string;
  /** What to do about it, on every node. */
  readonly command: string;
}

/** One check of `doctor`. */
export interface DoctorCheck {
  readonly level: "OK" | "WARN" | "FAIL";
  /** Short dotted name, such as `table.gc-grace`; what `accept` in the configuration refers to. */
  readonly check: string;
  /** `keyspace.table` where it concerns one. */
  readonly table?: string;
  readonly message: string;
  readonly next?: string;
}

/** All checks of `doctor`; `ok` is false when any failed. */
export interface DoctorReport {
  readonly ok: boolean;
  readonly checks: readonly DoctorCheck[];
  /** What a run would meet, by samples; with `--sample` alone. */
  readonly estimates?: readonly TableEstimate[];
}

/** What a table weighs, and what a run over it would take, by pages from random places of the ring. */
export interface TableEstimate {
  readonly keyspace: string;
  readonly table: string;
  readonly sampledRows: number;
  /** The sample was the whole table. */
  readonly exact: boolean;
  readonly rows: number;
  /** Keys and encrypted cells as they are read. */
  readonly bytes: number;
  readonly cells: readonly { readonly column: string; readonly keyVersion: string; readonly cells: number }[];
  /** Of a run by this process at its present settings, unthrottled, milliseconds. */
  readonly durationMs: number;
  /** What the rewritten cells take on all replicas together until compaction removes the old, uncompressed. */
  readonly diskGrowthBytes: number;
}
