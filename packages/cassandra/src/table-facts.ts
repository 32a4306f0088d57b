import { createHash } from "node:crypto";
import {
  type ColumnSchema,
  RekeyError,
  type ScanKind,
  type SchemaSnapshot,
  type TableSchema,
  type TableShape,
} from "@cassandra-rekey/core";
import { cellColumns, formOf, type LeafPaths } from "./cell-columns.ts";
import { userTypesIn } from "./cql-type.ts";

/** Key columns of one kind in the order of their position; the server lists them by name. */
export function keyColumns(
  schema: TableSchema,
  kind: "partition_key" | "clustering",
): readonly ColumnSchema[] {
  return schema.columns.filter((column) => column.kind === kind).sort((a, b) => a.position - b.position);
}

/** The shape in which columns of a table are read and written. The columns must be there and able to hold ciphertext. */
export function shapeOf(
  schema: TableSchema,
  wanted: {
    readonly columns: readonly string[];
    readonly label?: string;
    readonly scan?: ScanKind;
    /** Where ciphertext is inside columns with frozen values; every leaf where a column is not named. */
    readonly paths?: LeafPaths;
  },
): TableShape {
  const find = (name: string): ColumnSchema => {
    const column = schema.columns.find((candidate) => candidate.name === name);
    if (column) return column;
    throw new RekeyError("CONFIG.TABLE_MISMATCH", `${schema.keyspace}.${schema.name} has no column ${name}`);
  };
  const named = ({ name, type }: ColumnSchema) => ({ name, type });
  return {
    keyspace: schema.keyspace,
    name: schema.name,
    tableId: schema.tableId,
    partitionKey: keyColumns(schema, "partition_key").map(named),
    clusteringKey: wanted.scan === "partitions" ? [] : keyColumns(schema, "clustering").map(named),
    ...(wanted.scan === "partitions" && { scan: wanted.scan }),
    columns: wanted.columns.flatMap((name) => {
      const result = cellColumns(find(name), schema, wanted.paths?.[name]);
      if ("columns" in result) return result.columns;
      throw new RekeyError(
        "SCHEMA.UNSUPPORTED",
        `${schema.keyspace}.${schema.name}.${name} ${result.problem}`,
      );
    }),
    ...(wanted.label !== undefined && { label: named(find(wanted.label)) }),
  };
}

/** What must not change under a job: the table itself, its key columns, and the columns that the job touches. */
export function snapshotOf(schema: TableSchema, touched: readonly string[]): SchemaSnapshot {
  return {
    tableId: schema.tableId,
    partitionKey: keyColumns(schema, "partition_key").map(({ name, type }) => `${name} ${type}`),
    clusteringKey: keyColumns(schema, "clustering").map(({ name, type }) => `${name} ${type}`),
    columns: [
      ...schema.columns
        .filter((column) => touched.includes(column.name))
        .map(({ name, type, kind }) => `${name} ${type} ${kind}`)
        .sort(),
      ...userTypesTouched(schema, touched),
    ],
  };
}

/** A value of a type that got or lost a field is read otherwise, though its column's type says the same. */
function userTypesTouched(schema: TableSchema, touched: readonly string[]): readonly string[] {
  const columns = schema.columns.filter(({ name, type }) => touched.includes(name) && !formOf(type));
  return [...new Set(columns.flatMap(({ type }) => userTypesIn(type, schema.types ?? [])))].sort();
}

/** What differs between two snapshots, one line each. */
export function driftBetween(planned: SchemaSnapshot, live: SchemaSnapshot): readonly string[] {
  const drift: string[] = [];
  if (planned.tableId !== live.tableId) drift.push("the table was dropped and created again");
  const compare = (what: string, before: readonly string[], now: readonly string[]) => {
    if (before.join("\0") !== now.join("\0"))
      drift.push(`${what} was (${before.join(", ")}) and is (${now.join(", ")})`);
  };
  compare("the partition key", planned.partitionKey, live.partitionKey);
  compare("the clustering key", planned.clusteringKey, live.clusteringKey);
  compare("the touched columns", planned.columns, live.columns);
  return drift;
}

/** The fingerprint that the Python tool 0.1.0 stores: over everything that it reads, in the server's order. */
export function pythonFingerprint(schema: TableSchema): string {
  const byKind = (kind: string) =>
    schema.columns.filter((column) => column.kind === kind).map((column) => column.name);
  const columns = [...schema.columns]
    .sort((a, b) => byCodePoint(a.name, b.name))
    .map(({ name, type }) => `${name}:${type}`);
  const indexed = [
    ...new Set(schema.indexes.map((index) => index.target).filter((target) => target !== "")),
  ].sort(byCodePoint);
  const parts = [
    `ks=${schema.keyspace}`,
    `name=${schema.name}`,
    `pk=${byKind("partition_key").join(",")}`,
    `ck=${byKind("clustering").join(",")}`,
    `cols=${columns.join(",")}`,
    `idx=${indexed.join(",")}`,
    `counter=${schema.columns.some((column) => column.type === "counter") ? 1 : 0}`,
  ];
  return createHash("sha256").update(parts.join("|")).digest("hex");
}

/** As Python compares; JavaScript's own comparison goes by UTF-16 units. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
