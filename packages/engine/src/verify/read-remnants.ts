import { ClusterInspector, type ClusterSession } from "@cassandra-rekey/cassandra";
import type { TableSchema } from "@cassandra-rekey/core";
import type { Remnant } from "../reports.ts";
import { remnantsOf } from "./remnants.ts";

/** Looks at the cluster for what still holds old ciphertext of some tables. */
export async function readRemnants(
  session: ClusterSession,
  schemas: readonly TableSchema[],
  signal: AbortSignal,
): Promise<readonly Remnant[]> {
  const inspector = new ClusterInspector(session);
  const settings = await inspector.settings(signal);
  const snapshots = await inspector.onEveryNode("SELECT * FROM system_views.snapshots", signal);
  const hints = await inspector.onEveryNode("SELECT * FROM system_views.pending_hints", signal);
  const repairs = await inspector.onEveryNode("SELECT parent_id FROM system.repairs LIMIT 1", signal);
  const otherDataCenters = [...new Set(session.hosts().map((host) => host.dataCenter))]
    .filter((name) => name !== "" && name !== session.localDc)
    .sort();
  const down = session
    .hosts()
    .filter((host) => !host.up && host.dataCenter === session.localDc)
    .map((host) => host.address)
    .sort();
  return schemas.flatMap((schema) => {
    const own = snapshots
      ?.flatMap(({ rows }) => rows)
      .filter((row) => row["keyspace_name"] === schema.keyspace && row["table_name"] === schema.name);
    return remnantsOf(schema, {
      snapshots: own && [...new Set(own.map((row) => String(row["name"])))],
      hints: hints?.filter(({ rows }) => rows.length > 0).map(({ host }) => host),
      incrementalRepair: repairs?.some(({ rows }) => rows.length > 0),
      settings,
      otherDataCenters,
      down,
    });
  });
}
