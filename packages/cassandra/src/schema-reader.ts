import type { ColumnSchema, TableSchema, UserType } from "@cassandra-rekey/core";
import type { types as Types } from "cassandra-driver";
import { type ClusterSession, NODE_LOCAL } from "./cluster-session.ts";

/** Reads live table definitions from `system_schema`. */
export class SchemaReader {
  readonly #session: ClusterSession;

  constructor(session: ClusterSession) {
    this.#session = session;
  }

  /** The table's definition, or `undefined` when there is none of that exact name. */
  async table(keyspace: string, name: string, signal?: AbortSignal): Promise<TableSchema | undefined> {
    const where = "WHERE keyspace_name = ? AND table_name = ?";
    const read = (columns: string, from: string) =>
      this.#read(`SELECT ${columns} FROM system_schema.${from} ${where}`, [keyspace, name], signal);
    const [tables, columns, indexes, masks, views, types] = await Promise.all([
      read("*", "tables"),
      read("column_name, type, kind, position, clustering_order", "columns"),
      read("index_name, kind, options", "indexes"),
      this.#session.majorVersion >= 5 ? read("column_name", "column_masks") : [],
      this.#read(
        "SELECT view_name, base_table_name FROM system_schema.views WHERE keyspace_name = ?",
        [keyspace],
        signal,
      ),
      this.#read("SELECT * FROM system_schema.types WHERE keyspace_name = ?", [keyspace], signal),
    ]);
    const [table] = tables;
    if (!table) return undefined;
    const masked = new Set(masks.map((row) => String(row.get("column_name"))));
    return {
      keyspace,
      name,
      tableId: String(table.get("id")),
      columns: columns.map((row) => columnSchema(row, masked)),
      types: types.map(userType),
      majorVersion: this.#session.majorVersion,
      indexes: indexes.map((row) => {
        const options = textMap(row, "options");
        return {
          name: String(row.get("index_name")),
          kind: options.get("class_name") ?? String(row.get("kind")),
          target: options.get("target") ?? "",
        };
      }),
      views: views
        .filter((row) => row.get("base_table_name") === name)
        .map((row) => String(row.get("view_name"))),
      flags: [...((table.get("flags") ?? []) as Iterable<string>)],
      gcGraceSeconds: Number(table.get("gc_grace_seconds")),
      defaultTimeToLive: Number(table.get("default_time_to_live") ?? 0),
      compaction: (textMap(table, "compaction").get("class") ?? "").split(".").at(-1)!,
      cdc: fieldOf(table, "cdc") === true,
    };
  }

  /** The names of all keyspaces. */
  async keyspaces(signal?: AbortSignal): Promise<readonly string[]> {
    const rows = await this.#read("SELECT keyspace_name FROM system_schema.keyspaces", [], signal);
    return rows.map((row) => String(row.get("keyspace_name")));
  }

  /** The names of a keyspace's tables, and of its materialized views with the table of each. */
  async names(
    keyspace: string,
    signal?: AbortSignal,
  ): Promise<{ readonly tables: readonly string[]; readonly views: ReadonlyMap<string, string> }> {
    const where = "WHERE keyspace_name = ?";
    const [tables, views] = await Promise.all([
      this.#read(`SELECT table_name FROM system_schema.tables ${where}`, [keyspace], signal),
      this.#read(`SELECT view_name, base_table_name FROM system_schema.views ${where}`, [keyspace], signal),
    ]);
    return {
      tables: tables.map((row) => String(row.get("table_name"))),
      views: new Map(views.map((row) => [String(row.get("view_name")), String(row.get("base_table_name"))])),
    };
  }

  #read(
    cql: string,
    params: readonly unknown[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Types.Row[]> {
    return this.#session.rows(cql, params, { ...NODE_LOCAL, ...(signal && { signal }) });
  }
}

function columnSchema(row: Types.Row, masked: ReadonlySet<string>): ColumnSchema {
  const name = String(row.get("column_name"));
  return {
    name,
    type: String(row.get("type")),
    kind: row.get("kind") as ColumnSchema["kind"],
    position: Number(row.get("position")),
    clusteringOrder: row.get("clustering_order") as ColumnSchema["clusteringOrder"],
    masked: masked.has(name),
  };
}

function userType(row: Types.Row): UserType {
  const names = (row.get("field_names") ?? []) as readonly string[];
  const fieldTypes = (row.get("field_types") ?? []) as readonly string[];
  return {
    name: String(row.get("type_name")),
    fields: names.map((name, index) => ({ name, type: fieldTypes[index]! })),
  };
}

function textMap(row: Types.Row, name: string): ReadonlyMap<string, string> {
  return (row.get(name) as ReadonlyMap<string, string> | null) ?? new Map();
}

function fieldOf(row: Types.Row, name: string): unknown {
  return (row as unknown as Record<string, unknown>)[name];
}
