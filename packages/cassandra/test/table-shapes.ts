import type { ColumnSchema, TableSchema, TableShape } from "@cassandra-rekey/core";

/** A shape with the columns of a usual table; `more` replaces what a test is about. */
export function tableShape(more: Partial<TableShape> = {}): TableShape {
  return {
    keyspace: "shop",
    name: "customers",
    tableId: "5b6962dd-3f90-4c93-8f61-eabfa4a803e2",
    partitionKey: [
      { name: "tenant", type: "text" },
      { name: "id", type: "uuid" },
    ],
    clusteringKey: [{ name: "at", type: "timestamp" }],
    columns: [
      { name: "email", type: "text", form: "text" },
      { name: "photo", type: "blob", form: "binary" },
    ],
    ...more,
  };
}

/** A table as the server describes it, with its columns listed by name. */
export function tableSchema(more: Partial<TableSchema> = {}): TableSchema {
  return {
    keyspace: "shop",
    name: "customers",
    tableId: "5b6962dd-3f90-4c93-8f61-eabfa4a803e2",
    columns: [
      columnSchema("at", "timestamp", "clustering", { position: 0, clusteringOrder: "desc" }),
      columnSchema("email", "text"),
      columnSchema("id", "uuid", "partition_key", { position: 1 }),
      columnSchema("photo", "blob"),
      columnSchema("seq", "int", "clustering", { position: 1, clusteringOrder: "asc" }),
      columnSchema("tenant", "text", "partition_key", { position: 0 }),
    ],
    indexes: [],
    views: [],
    flags: ["compound"],
    gcGraceSeconds: 864_000,
    defaultTimeToLive: 0,
    compaction: "SizeTieredCompactionStrategy",
    cdc: false,
    ...more,
  };
}

/** A column; regular unless said otherwise. */
export function columnSchema(
  name: string,
  type: string,
  kind: ColumnSchema["kind"] = "regular",
  more: Partial<ColumnSchema> = {},
): ColumnSchema {
  return { name, type, kind, position: -1, clusteringOrder: "none", masked: false, ...more };
}
