import { isRekeyError } from "@cassandra-rekey/core";
import { type ClusterSession, type ExecuteOptions, type HostState, NODE_LOCAL } from "./cluster-session.ts";

/** What a table weighs by the cluster's own estimate. */
export interface TableSize {
  readonly partitions: number;
  readonly bytes: number;
}

/** Looks at the cluster itself, for planning and for `doctor`. Reads only. */
export class ClusterInspector {
  readonly #session: ClusterSession;

  constructor(session: ClusterSession) {
    this.#session = session;
  }

  /** Name, version and partitioner of the node that answers. */
  async cluster(signal?: AbortSignal): Promise<{ name: string; version: string; partitioner: string }> {
    const [row] = await this.#session.rows(
      "SELECT cluster_name, release_version, partitioner FROM system.local",
      [],
      nodeLocal(signal),
    );
    return {
      name: String(row?.get("cluster_name")),
      version: String(row?.get("release_version")),
      partitioner: String(row?.get("partitioner")).split(".").at(-1)!,
    };
  }

  /** The server's settings by name; `undefined` when the role may not read `system_views`. */
  async settings(signal?: AbortSignal): Promise<ReadonlyMap<string, string> | undefined> {
    try {
      const rows = await this.#session.rows(
        "SELECT name, value FROM system_views.settings",
        [],
        nodeLocal(signal),
      );
      return new Map(rows.map((row) => [String(row.get("name")), String(row.get("value") ?? "")]));
    } catch (error) {
      if (
        isRekeyError(error) &&
        (error.code === "CLUSTER.UNAUTHORIZED" || error.code === "CLUSTER.INVALID_QUERY")
      )
        return undefined;
      throw error;
    }
  }

  /**
   * Partitions and bytes of a table, summed over the nodes of the local data centre, which share the whole ring
   * out among themselves. `undefined` for a table that no node has looked at yet (each does every five minutes).
   */
  async tableSize(keyspace: string, table: string, signal?: AbortSignal): Promise<TableSize | undefined> {
    let partitions = 0;
    let bytes = 0;
    let found = false;
    for (const host of this.#reachable()) {
      try {
        const rows = await this.#session.rows(
          "SELECT partitions_count, mean_partition_size FROM system.table_estimates WHERE keyspace_name = ? AND table_name = ? AND range_type = 'local_primary'",
          [keyspace, table],
          { host: host.address, ...nodeLocal(signal) },
        );
        for (const row of rows) {
          found = true;
          const count = Number(row.get("partitions_count"));
          partitions += count;
          bytes += count * Number(row.get("mean_partition_size"));
        }
      } catch (error) {
        // An estimate without one node is still an estimate.
        if (!isRekeyError(error)) throw error;
      }
    }
    return found ? { partitions, bytes } : undefined;
  }

  /** How far the cluster's clock is ahead of this host's, milliseconds, and how exactly that is known. */
  async clockDifference(
    wallMs: () => number,
    signal?: AbortSignal,
  ): Promise<{ readonly aheadMs: number; readonly withinMs: number }> {
    let best = { aheadMs: 0, withinMs: Number.POSITIVE_INFINITY };
    for (let round = 0; round < 5; round += 1) {
      const before = wallMs();
      const [row] = await this.#session.rows(
        "SELECT toUnixTimestamp(now()) AS s FROM system.local",
        [],
        nodeLocal(signal),
      );
      const after = wallMs();
      const withinMs = (after - before) / 2;
      if (withinMs < best.withinMs)
        best = { aheadMs: Number(row?.get("s") as bigint) - (before + after) / 2, withinMs };
    }
    return best;
  }

  /**
   * Rows of a virtual table of each node of the local data centre, such as running repairs; `undefined` when it
   * cannot be read.
   */
  async onEveryNode(
    cql: string,
    signal?: AbortSignal,
  ): Promise<
    readonly { readonly host: string; readonly rows: readonly Record<string, unknown>[] }[] | undefined
  > {
    const answers: { host: string; rows: readonly Record<string, unknown>[] }[] = [];
    for (const host of this.#reachable()) {
      try {
        const rows = await this.#session.rows(cql, [], {
          host: host.address,
          ...nodeLocal(signal),
        });
        answers.push({ host: host.address, rows: rows as unknown as Record<string, unknown>[] });
      } catch (error) {
        if (
          isRekeyError(error) &&
          (error.code === "CLUSTER.UNAUTHORIZED" || error.code === "CLUSTER.INVALID_QUERY")
        )
          return undefined;
        throw error;
      }
    }
    return answers;
  }

  /** There are no connections to the nodes of other data centres. */
  #reachable(): readonly HostState[] {
    return this.#session.hosts().filter((host) => host.up && host.dataCenter === this.#session.localDc);
  }
}

function nodeLocal(signal: AbortSignal | undefined): ExecuteOptions {
  return { ...NODE_LOCAL, ...(signal && { signal }) };
}
