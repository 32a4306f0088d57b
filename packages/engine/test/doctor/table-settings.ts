import type { ColumnSchema, TableSchema } from "@cassandra-rekey/core";
import type { Settings, TableSettings } from "../../src/config/settings.ts";
import { load, SMALLEST } from "../config/load.ts";

/** The settings of a smallest configuration, with these differences in its table and its execution. */
export function settingsWith(
  table: Partial<TableSettings> = {},
  execution: Partial<Settings["execution"]> = {},
): Settings {
  const { settings } = load(SMALLEST);
  return {
    ...settings,
    execution: { ...settings.execution, ...execution },
    tables: settings.tables.map((only) => ({ ...only, ...table })),
  };
}

/** The table `app.users (id uuid PRIMARY KEY, ssn text)` with these differences. */
export function schemaWith(differences: Partial<TableSchema> = {}): TableSchema {
  return {
    keyspace: "app",
    name: "users",
    tableId: "2f7b5b2e-0000-4000-8000-000000000000",
    columns: [column("id", { type: "uuid", kind: "partition_key", position: 0 }), column("ssn")],
    indexes: [],
    views: [],
    flags: ["compound"],
    gcGraceSeconds: 864_000,
    defaultTimeToLive: 0,
    compaction: "SizeTieredCompactionStrategy",
    cdc: false,
    ...differences,
  };
}

/** A regular text column with these differences. */
export function column(name: string, differences: Partial<ColumnSchema> = {}): ColumnSchema {
  return {
    name,
    type: "text",
    kind: "regular",
    position: -1,
    clusteringOrder: "none",
    masked: false,
    ...differences,
  };
}
