import type { TableShape } from "./table-shape.ts";
import type { TokenRange } from "./token-range.ts";

/** The writetime of a cell of which the server does not tell it; older than any. Such a cell is never fenced. */
export const UNKNOWN_WRITETIME: bigint = -(2n ** 63n);

/** One non-null cell as it was read. */
export interface Cell {
  readonly value: Uint8Array;
  /** Microseconds, the server's or the application's own; {@link UNKNOWN_WRITETIME} where the column is `untimed`. */
  readonly writetime: bigint;
  /** Seconds left when the page was read, or `undefined` for a cell that does not expire. */
  readonly ttl: number | undefined;
}

/** One value of a map, or one element of a list or set, that is not frozen. */
export interface ElementCell extends Cell {
  /** Which of `TableShape.columns` it belongs to. */
  readonly column: number;
  /** Raw CQL bytes: of the map key, of the position in the list (an `int`), of the element itself in a set. */
  readonly key: Uint8Array;
}

/** One row, or one partition with its static cells. Cells follow `TableShape.columns`; `undefined` is null. */
export interface Row {
  /** The token of the row's partition. */
  readonly token: bigint;
  /** Raw CQL bytes of the key columns: partition key, then clustering key. A partition has the former alone. */
  readonly key: readonly Uint8Array[];
  readonly cells: readonly (Cell | undefined)[];
  /** The cells of collections that are not frozen, by column and in the order of their keys. Such columns have no cell. */
  readonly elements?: readonly ElementCell[];
  readonly label: Cell | undefined;
}

/**
 * Where a scan has got to, opaque to everyone but the {@link CellSource} that made it.
 * A cursor that is damaged or belongs to another statement makes the source start the range again: it never skips.
 */
export type Cursor = string;

/** One page of one token range. */
export interface Page {
  readonly rows: readonly Row[];
  /** Where the next page starts; `undefined` when the range is done. */
  readonly next: Cursor | undefined;
  /** The coordinator's wall clock when the rows were read, milliseconds; the earliest where they differ. `undefined` without rows. */
  readonly serverTimeMs: number | undefined;
  /** Approximate size of what was read. */
  readonly bytes: number;
}

/** What {@link CellSource.page} is asked for. */
export interface PageRequest {
  readonly table: TableShape;
  readonly range: TokenRange;
  readonly cursor: Cursor | undefined;
  readonly maxRows: number;
  /** A CQL consistency level, such as `LOCAL_QUORUM`. */
  readonly consistency: string;
  /** The one node to ask, as `address:port`. Rejects, retryably, when that did not answer from its own data. */
  readonly host?: string;
}

/** Reads rows with value, writetime and TTL per cell. Retries are the caller's. */
export interface CellSource {
  /** The nodes that hold what a page begins with, as `address:port`; absent where there are none to tell apart. */
  replicas?(request: PageRequest): readonly string[];
  page(request: PageRequest, signal: AbortSignal): Promise<Page>;
  /** One row by its primary key, with the server's time, or `undefined` when there is none. */
  row(
    table: TableShape,
    key: readonly Uint8Array[],
    consistency: string,
    signal: AbortSignal,
  ): Promise<{ readonly row: Row; readonly serverTimeMs: number } | undefined>;
}
