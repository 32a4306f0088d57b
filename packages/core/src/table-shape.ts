import type { CellForm } from "./cell.ts";

/** A column of a table's primary key. */
export interface KeyColumn {
  readonly name: string;
  /** CQL type as `system_schema.columns` spells it. */
  readonly type: string;
}

/**
 * Where ciphertext is inside a frozen value. Everything outside of leaves stays byte for byte as it is: map keys, null
 * fields, and fields that the type got after it was looked at.
 */
export type LeafTree =
  | {
      readonly kind: "leaf";
      readonly form: CellForm /** Such as `contacts[*].phone`. */;
      readonly path: string;
    }
  /** A list's or a map's values. */
  | { readonly kind: "list" | "map"; readonly of: LeafTree }
  /** A set of ciphertexts: they are its order, so it is sorted again. */
  | { readonly kind: "set"; readonly of: Extract<LeafTree, { readonly kind: "leaf" }> }
  /** A tuple's or a UDT's fields in order; `undefined` for those without ciphertext. */
  | { readonly kind: "fields"; readonly of: readonly (LeafTree | undefined)[] };

/** What the cells of a collection that is not frozen are. */
export type ElementKind = "map-values" | "list-elements" | "set-elements";

/** A column that a job reads and rewrites. */
export interface CellColumn extends KeyColumn {
  /** Of the column's value; with `leaves`, each of those has its own. */
  readonly form: CellForm;
  /** For a frozen collection, tuple or UDT: one cell, with ciphertext in these places. */
  readonly leaves?: LeafTree;
  /**
   * For what is not frozen, where each part is a cell of its own: one field of a UDT (`type` is the field's), the values of
   * a map, or the elements of a list or set (`type` is the collection's, `form` and `leaves` are those of one value).
   */
  readonly part?: { readonly field: string } | ElementKind;
  /** Of parts: nobody can ask when they were written and when they expire (before Cassandra 5.0). */
  readonly untimed?: true;
}

/** What a pass goes over: every row, or every partition once, for its static columns. */
export type ScanKind = "rows" | "partitions";

/** What a job needs to know of a table: resolved from the live schema, so the names are exact (unquoted). */
export interface TableShape {
  readonly keyspace: string;
  readonly name: string;
  /** The server's id of the table; a table dropped and created again has another. */
  readonly tableId: string;
  /** In the order of `position`. */
  readonly partitionKey: readonly KeyColumn[];
  readonly clusteringKey: readonly KeyColumn[];
  /**
   * Absent: `"rows"`. A pass over `"partitions"` reads and writes static columns, which belong to a partition: its
   * `clusteringKey` is empty, and the key of each of its "rows" is a partition key.
   */
  readonly scan?: ScanKind;
  /** The encrypted columns of this pass, in configuration order. */
  readonly columns: readonly CellColumn[];
  /** The key version label column, if the table has one. */
  readonly label?: KeyColumn;
}

/** A column as the live schema describes it. */
export interface ColumnSchema extends KeyColumn {
  readonly kind: "partition_key" | "clustering" | "regular" | "static";
  readonly position: number;
  readonly clusteringOrder: "asc" | "desc" | "none";
  /** Dynamic data masking (5.0): a role without UNMASK reads masked values. */
  readonly masked: boolean;
}

/** A user-defined type. */
export interface UserType {
  readonly name: string;
  /** In the order of the binary format, with types as `system_schema.types` spells them. */
  readonly fields: readonly KeyColumn[];
}

/** A table as the live schema describes it. */
export interface TableSchema {
  readonly keyspace: string;
  readonly name: string;
  readonly tableId: string;
  /** In the order in which the server lists them (by name). */
  readonly columns: readonly ColumnSchema[];
  /** The lowest major version among the nodes that read and write the table; the oldest supported when left out. */
  readonly majorVersion?: number;
  /** The user-defined types of the table's keyspace. */
  readonly types?: readonly UserType[];
  readonly indexes: readonly { readonly name: string; readonly kind: string; readonly target: string }[];
  readonly views: readonly string[];
  readonly flags: readonly string[];
  readonly gcGraceSeconds: number;
  readonly defaultTimeToLive: number;
  readonly compaction: string;
  readonly cdc: boolean;
}
