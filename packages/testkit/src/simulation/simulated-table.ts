import type { CellColumn, ColumnSchema, TableSchema, TableShape } from "@cassandra-rekey/core";

/** How a simulated table is made; everything has a default but the columns. */
export interface SimulatedTableOptions {
  readonly keyspace?: string;
  readonly name?: string;
  readonly tableId?: string;
  /** The encrypted columns, all blobs unless `text` says otherwise. */
  readonly columns: readonly string[];
  /** The encrypted static columns. */
  readonly statics?: readonly string[];
  /** Encrypted columns of type `map<blob, blob>`, whose values are cells of their own (Cassandra 5.0). */
  readonly maps?: readonly string[];
  /** Encrypted columns of a type with these blob fields, which are cells of their own (Cassandra 5.0). */
  readonly udts?: Readonly<Record<string, readonly string[]>>;
  /** The columns that are text. */
  readonly text?: readonly string[];
  readonly label?: string;
  readonly gcGraceSeconds?: number;
  /** Seconds, for writes of the application that name no TTL. */
  readonly defaultTimeToLive?: number;
  /** The token of a partition key. */
  readonly token?: (partitionKey: Uint8Array) => bigint;
}

const MAP_TYPE = "map<blob, blob>";

/** The shape of a table with a blob partition key `pk` and a blob clustering key `ck`. */
export function shapeOf(options: SimulatedTableOptions): TableShape {
  const { keyspace = "app", name = "users", tableId = `${keyspace}.${name}`, text = [], label } = options;
  const { maps = [], udts = {} } = options;
  return {
    keyspace,
    name,
    tableId,
    partitionKey: [{ name: "pk", type: "blob" }],
    clusteringKey: [{ name: "ck", type: "blob" }],
    columns: [
      ...options.columns.map(
        (column): CellColumn =>
          text.includes(column)
            ? { name: column, type: "text", form: "text" }
            : { name: column, type: "blob", form: "binary" },
      ),
      ...maps.map((map): CellColumn => ({ name: map, type: MAP_TYPE, form: "binary", part: "map-values" })),
      ...Object.entries(udts).flatMap(([udt, fields]) =>
        fields.map((field): CellColumn => ({ name: udt, type: "blob", form: "binary", part: { field } })),
      ),
    ],
    ...(label !== undefined && { label: { name: label, type: "text" } }),
  };
}

/** The shape of a pass over its static columns. */
export function staticShapeOf(shape: TableShape, { statics = [] }: SimulatedTableOptions): TableShape {
  const { label: _, ...rest } = shape;
  const columns = statics.map((name) => ({ name, type: "blob", form: "binary" }) as const);
  return { ...rest, scan: "partitions", clusteringKey: [], columns };
}

/** The schema that goes with the two. */
export function schemaOf(
  shape: TableShape,
  statics: TableShape,
  options: SimulatedTableOptions,
): TableSchema {
  const { udts = {} } = options;
  const column = (name: string, type: string, kind: ColumnSchema["kind"]) => ({
    name,
    type,
    kind,
    position: kind === "regular" || kind === "static" ? -1 : 0,
    clusteringOrder: kind === "clustering" ? ("asc" as const) : ("none" as const),
    masked: false,
  });
  return {
    keyspace: shape.keyspace,
    name: shape.name,
    tableId: shape.tableId,
    columns: [
      column("ck", "blob", "clustering"),
      column("pk", "blob", "partition_key"),
      ...statics.columns.map(({ name, type }) => column(name, type, "static")),
      ...shape.columns
        .filter(({ part }) => typeof part !== "object")
        .map(({ name, type }) => column(name, type, "regular")),
      ...Object.keys(udts).map((name) => column(name, typeNameOf(name), "regular")),
      ...(shape.label ? [column(shape.label.name, shape.label.type, "regular")] : []),
    ].sort((a, b) => (a.name < b.name ? -1 : 1)),
    majorVersion: 5,
    types: Object.entries(udts).map(([name, fields]) => ({
      name: typeNameOf(name),
      fields: fields.map((field) => ({ name: field, type: "blob" })),
    })),
    indexes: [],
    views: [],
    flags: ["compound"],
    gcGraceSeconds: options.gcGraceSeconds ?? 864_000,
    defaultTimeToLive: options.defaultTimeToLive ?? 0,
    compaction: "SizeTieredCompactionStrategy",
    cdc: false,
  };
}

function typeNameOf(column: string): string {
  return `${column}_type`;
}
