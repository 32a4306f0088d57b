import type { KeyColumn } from "@cassandra-rekey/core";
import { RekeyError, type TableShape } from "@cassandra-rekey/core";

/** Native types whose `<type>AsBlob` function gives a value's raw bytes; the spelling works from 4.0 to 5.0. */
const NATIVE = new Set([
  "ascii",
  "bigint",
  "boolean",
  "date",
  "decimal",
  "double",
  "float",
  "inet",
  "int",
  "smallint",
  "text",
  "time",
  "timestamp",
  "timeuuid",
  "tinyint",
  "uuid",
  "varchar",
  "varint",
]);

/** An identifier as CQL needs it: quoted always, so that case and reserved words do not matter. */
export function quoteIdentifier(name: string): string {
  if (name.length === 0) throw new RekeyError("CONFIG.INVALID", "a name in CQL cannot be empty");
  return `"${name.replaceAll('"', '""')}"`;
}

/** Whether a column's raw bytes can be selected; of other types the driver keeps them beside what it decodes. */
export function selectsRaw(column: KeyColumn): boolean {
  return column.type === "blob" || NATIVE.has(column.type);
}

/** The expression that selects a column's raw bytes. */
function raw(column: KeyColumn): string {
  const name = quoteIdentifier(column.name);
  return NATIVE.has(column.type) ? `${column.type}AsBlob(${name})` : name;
}

function tableName(table: TableShape): string {
  return `${quoteIdentifier(table.keyspace)}.${quoteIdentifier(table.name)}`;
}

function tokenOf(table: TableShape): string {
  return `token(${table.partitionKey.map((column) => quoteIdentifier(column.name)).join(", ")})`;
}

/** What is selected of a row, under short names: `t` token, `s` server time, `k0…` key, `v0 w0 e0…` cells, `lv lw le` label. */
function selection(table: TableShape, majorVersion: number): string {
  const serverTime = majorVersion >= 5 ? "toUnixTimestamp(currentTimestamp())" : "toUnixTimestamp(now())";
  const cell = (column: KeyColumn, suffix: string, prefix = "") => {
    const name = quoteIdentifier(column.name);
    return `${raw(column)} AS ${prefix}v${suffix}, WRITETIME(${name}) AS ${prefix}w${suffix}, TTL(${name}) AS ${prefix}e${suffix}`;
  };
  return [
    `${tokenOf(table)} AS t`,
    `${serverTime} AS s`,
    ...[...table.partitionKey, ...table.clusteringKey].map((column, index) => `${raw(column)} AS k${index}`),
    ...table.columns.map((column, index) => cell(column, String(index))),
    ...(table.label ? [cell(table.label, "", "l")] : []),
  ].join(", ");
}

/** Static cells repeat on each row of their partition: DISTINCT gives each partition once, those without rows too. */
function select(table: TableShape, majorVersion: number): string {
  const distinct = table.scan === "partitions" ? "DISTINCT " : "";
  return `SELECT ${distinct}${selection(table, majorVersion)} FROM ${tableName(table)}`;
}

/** One page of a token range; parameters: lower bound (exclusive), upper bound (inclusive). */
export function pageCql(table: TableShape, majorVersion: number): string {
  const token = tokenOf(table);
  return `${select(table, majorVersion)} WHERE ${token} > ? AND ${token} <= ?`;
}

/** One row; parameters: its key columns. */
export function rowCql(table: TableShape, majorVersion: number): string {
  return `${select(table, majorVersion)} WHERE ${keyCondition(table)}`;
}

/** A fenced write of some columns of a row; parameters: timestamp, TTL, values, key columns. */
export function updateCql(table: TableShape, columns: readonly string[]): string {
  const assignments = columns.map((column) => `${quoteIdentifier(column)} = ?`).join(", ");
  return `UPDATE ${tableName(table)} USING TIMESTAMP ? AND TTL ? SET ${assignments} WHERE ${keyCondition(table)}`;
}

/** A compare-and-set of some columns of a row; parameters: TTL, values, key columns, expected values. */
export function compareAndSetCql(table: TableShape, columns: readonly string[]): string {
  const names = columns.map(quoteIdentifier);
  const assignments = names.map((name) => `${name} = ?`).join(", ");
  const conditions = names.map((name) => `${name} = ?`).join(" AND ");
  return `UPDATE ${tableName(table)} USING TTL ? SET ${assignments} WHERE ${keyCondition(table)} IF ${conditions}`;
}

function keyCondition(table: TableShape): string {
  return [...table.partitionKey, ...table.clusteringKey]
    .map((column) => `${quoteIdentifier(column.name)} = ?`)
    .join(" AND ");
}
