import type { TableShape } from "./table-shape.ts";

/**
 * Which part of a column that is not frozen a cell is: a field of a UDT, the value of a map key (raw CQL bytes), the
 * element at a position of a list (from 0), or an element of a set, which the new one takes the place of. The last two
 * cannot be told apart from others for long, so they are written by compare-and-set only.
 */
export type CellPart =
  | { readonly field: string }
  | { readonly key: Uint8Array }
  | { readonly position: number }
  | { readonly element: Uint8Array };

/** One cell to be written, with nothing left to decide. */
export interface CellWrite {
  readonly column: string;
  readonly part?: CellPart;
  readonly value: Uint8Array;
  /** Microseconds. */
  readonly timestamp: bigint;
  /** Seconds; 0 writes a cell that does not expire, whatever the table's default. */
  readonly ttl: number;
}

/** Cells of one row or, static ones, of one partition. Written by UPDATE, so no row marker is made or refreshed. */
export interface Mutation {
  readonly token: bigint;
  readonly key: readonly Uint8Array[];
  readonly cells: readonly CellWrite[];
}

/**
 * One cell of a compare-and-set: written only while its place still holds `expected`. For an element of a list or set
 * that is the whole collection: others may have moved.
 */
export interface ConditionalCell {
  readonly column: string;
  readonly part?: CellPart;
  readonly value: Uint8Array;
  readonly expected: Uint8Array;
  readonly ttl: number;
}

/** What will be sent: as mutations, or as a compare-and-set of one row. */
export type SoonSent =
  | { readonly mutations: readonly Mutation[] }
  | { readonly key: readonly Uint8Array[]; readonly conditional: readonly ConditionalCell[] };

/** Something that will become one or more statements of a request. */
export interface Groupable {
  readonly token: bigint;
  /** Approximate size on the wire. */
  readonly bytes: number;
}

/** Writes cells. One call is one request; retries and time limits are the caller's. */
export interface CellSink {
  /** The nodes that hold a token now, as `address:port`; absent where there are none to tell apart. */
  replicas?(table: TableShape, token: bigint): readonly string[];
  /**
   * Puts what has the same replicas now into common requests, within the server's batch thresholds.
   * Keeps everything, each once; the order within a group is the order given.
   */
  group<Item extends Groupable>(table: TableShape, items: readonly Item[]): readonly (readonly Item[])[];
  /**
   * Gets ready to send such a request, so that sending it is one round trip and no more: times to live are computed
   * after this. Absent where there is nothing to get ready.
   */
  prepare?(table: TableShape, soon: SoonSent, signal: AbortSignal): Promise<void>;
  /** Sends the mutations as one request. Resolves when `consistency` has acknowledged all of them. */
  send(
    table: TableShape,
    mutations: readonly Mutation[],
    consistency: string,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Writes the cells of one row by one lightweight transaction if every one still holds what was expected, each with
   * its own TTL.
   * `"unknown"`: the outcome could not be learnt; read the row to find out. `serialConsistency`: `SERIAL` or
   * `LOCAL_SERIAL`; left out, `LOCAL_SERIAL` in a cluster of one data centre and else `SERIAL`.
   */
  compareAndSet(
    table: TableShape,
    key: readonly Uint8Array[],
    cells: readonly ConditionalCell[],
    consistency: string,
    signal: AbortSignal,
    serialConsistency?: string,
  ): Promise<"applied" | "lost" | "unknown">;
}
