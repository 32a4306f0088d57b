import type { Settings, TableSettings } from "../config/settings.ts";

/** How a job names a table: by its name, with the keyspace in front outside the cluster's own. */
export function jobTableId(settings: Settings, table: Pick<TableSettings, "keyspace" | "name">): string {
  return table.keyspace === settings.cluster.keyspace ? table.name : `${table.keyspace}.${table.name}`;
}
