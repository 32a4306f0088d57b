import type { ScanKind } from "@cassandra-rekey/core";
import type { Settings, TableSettings } from "../config/settings.ts";

/**
 * How a job names a pass over a table: by the table's name, with the keyspace in front outside the cluster's own, and
 * with `/static`, which no table's name can end in, where it is the pass over static columns.
 */
export function jobTableId(
  settings: Settings,
  table: Pick<TableSettings, "keyspace" | "name">,
  scan: ScanKind = "rows",
): string {
  const name = table.keyspace === settings.cluster.keyspace ? table.name : `${table.keyspace}.${table.name}`;
  return scan === "partitions" ? `${name}/static` : name;
}
