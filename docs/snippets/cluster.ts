import { clusterOf } from "@cassandra-rekey/cassandra";
import type { PluginContext } from "@cassandra-rekey/core";

/** How many of its own writes each node is working on. Virtual tables differ from node to node. */
export async function busyWriters(ctx: PluginContext): Promise<ReadonlyMap<string, number>> {
  const session = await clusterOf(ctx);
  const busy = new Map<string, number>();
  for (const { address, up } of session.hosts()) {
    if (!up) continue;
    const rows = await session.rows("SELECT name, active_tasks FROM system_views.thread_pools", [], {
      host: address,
      consistency: "ONE",
      signal: ctx.signal,
    });
    const pool = rows.find((row) => row.get("name") === "MutationStage");
    busy.set(address, Number(pool?.get("active_tasks") ?? 0));
  }
  return busy;
}
