import type { TableShape } from "./table-shape.ts";

/** Which part of a column that is not frozen a cell is: a field of a UDT, or the value of a map key (raw CQL bytes). */
export type CellPart = { readonly field: string } | { readonly key: Uint8Array };

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

/** One cell of a compare-and-set: written only while the column still holds `expected`. */
export interface ConditionalCell {
  readonly column: string;
  readonly part?: CellPart;
  readonly value: Uint8Array;
  readonly expected: Uint8Array;
  readonly ttl: number;
}

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
  /** Sends the mutations as one request. Resolves when `consistency` has acknowledged all of them. */
  send(
    table: TableShape,
    mutations: readonly Mutation[],
    consistency: string,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Writes the cells of one row by a lightweight transaction if every one still holds what was expected.
   * `"unknown"`: the outcome could not be learnt; read the row to find out.
   */
  compareAndSet(
    table: TableShape,
    key: readonly Uint8Array[],
    cells: readonly ConditionalCell[],
    consistency: string,
    signal: AbortSignal,
  ): Promise<"applied" | "lost" | "unknown">;
}
