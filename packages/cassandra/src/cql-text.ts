import type { CellColumn, CellWrite, KeyColumn } from "@cassandra-rekey/core";
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

/**
 * A cell as statements name it: a column, a field of a UDT, or what is at a map key or at a position of a list, which is
 * a parameter.
 */
export function cellTarget({ column, part }: Pick<CellWrite, "column" | "part">): string {
  const name = quoteIdentifier(column);
  if (!part) return name;
  if ("element" in part)
    throw new RekeyError("INTERNAL.INVARIANT", `${column}: an element of a set has no place`);
  return "field" in part ? `${name}.${quoteIdentifier(part.field)}` : `${name}[?]`;
}

/** A column, or the field of it that a cell is. */
function reference({ name, part }: CellColumn): string {
  return typeof part === "object" ? cellTarget({ column: name, part }) : quoteIdentifier(name);
}

/** The expression that selects a column's raw bytes. */
function raw(column: KeyColumn, name = quoteIdentifier(column.name)): string {
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
  const cell = (
    column: KeyColumn & Pick<CellColumn, "untimed">,
    name: string,
    suffix: string,
    prefix = "",
  ) => {
    const value = `${raw(column, name)} AS ${prefix}v${suffix}`;
    if (column.untimed) return value;
    return `${value}, WRITETIME(${name}) AS ${prefix}w${suffix}, TTL(${name}) AS ${prefix}e${suffix}`;
  };
  return [
    `${tokenOf(table)} AS t`,
    `${serverTime} AS s`,
    ...[...table.partitionKey, ...table.clusteringKey].map((column, index) => `${raw(column)} AS k${index}`),
    ...table.columns.map((column, index) => cell(column, reference(column), String(index))),
    ...(table.label ? [cell(table.label, quoteIdentifier(table.label.name), "", "l")] : []),
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

/**
 * A fenced write of some cells of a row, each as {@link cellTarget} names it; parameters: timestamp, TTL, values (each
 * after its map key, where it has one), key columns.
 */
export function updateCql(table: TableShape, targets: readonly string[]): string {
  const assignments = targets.map((target) => `${target} = ?`).join(", ");
  return `UPDATE ${tableName(table)} USING TIMESTAMP ? AND TTL ? SET ${assignments} WHERE ${keyCondition(table)}`;
}

/**
 * A compare-and-set of some cells of a row, or a part of one whose conditions are those of another statement of its batch;
 * parameters: TTL, those of the assignments, key columns, those of the conditions.
 */
export function compareAndSetCql(
  table: TableShape,
  assignments: readonly string[],
  conditions: readonly string[],
): string {
  const update = `UPDATE ${tableName(table)} USING TTL ? SET ${assignments.join(", ")} WHERE ${keyCondition(table)}`;
  if (conditions.length === 0) return update;
  return `${update} IF ${conditions.join(" AND ")}`;
}

function keyCondition(table: TableShape): string {
  return [...table.partitionKey, ...table.clusteringKey]
    .map((column) => `${quoteIdentifier(column.name)} = ?`)
    .join(" AND ");
}
