import type { JobTable, ScanKind } from "@cassandra-rekey/core";
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

/** The name of a pass without the replica that it is pinned to. */
export function passId({ id, replica }: Pick<JobTable, "id" | "replica">): string {
  return replica === undefined ? id : id.slice(0, -(replica.length + 1));
}
