import type { CensusEntry, JobKind, QuarantineEntry, TableShape, WriteMode } from "@cassandra-rekey/core";
import type { PendingCell } from "../writer/fence.ts";

/** What a page is worked on for. */
export interface PageTask {
  readonly table: TableShape;
  /** {@link JobTable.id} */
  readonly tableId: string;
  readonly kind: JobKind;
  readonly writeMode: WriteMode;
  readonly settleMs: number;
  readonly visit: number;
}

/** One row that waits to be written back. */
export interface RowWrite {
  readonly token: bigint;
  readonly key: readonly Uint8Array[];
  /** Approximate size on the wire, for grouping. */
  readonly bytes: number;
  readonly cells: readonly PendingCell[];
  /** Whether an encrypted column is among the cells; a label alone does not count as a rekeyed row. */
  readonly rekeys: boolean;
}

/** What a page asks for, before anything is written. */
export interface PageWork {
  readonly writes: readonly RowWrite[];
  /** Among them is a cell whose plaintext nothing proves, because its key does not authenticate. */
  readonly isUnproven?: true;
  readonly scanned: number;
  /** Rows with a cell that no key opens. */
  readonly quarantinedRows: number;
  readonly quarantine: readonly QuarantineEntry[];
  /** Cells that were looked at, and how many of them a key opened. */
  readonly cells: number;
  readonly opened: number;
  readonly young: number;
  readonly census: readonly CensusEntry[];
}
