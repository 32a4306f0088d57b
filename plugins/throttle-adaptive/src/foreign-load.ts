import { APPLICATION_NAME, type ClusterSession, NODE_LOCAL } from "@cassandra-rekey/cassandra";
import type { Clock } from "@cassandra-rekey/core";

/** Requests a second from others below which a cluster counts as quiet. */
const QUIET_PER_SECOND = 5;

type Counts = ReadonlyMap<string, number>;

/** Who else uses a cluster, by the requests that its nodes count for each connection (`system_views.clients`). */
export class ForeignLoad {
  readonly #session: Pick<ClusterSession, "hosts" | "localDc" | "rows">;
  readonly #clock: Pick<Clock, "monotonicMs">;
  #before: { readonly counts: Counts; readonly atMs: number } | undefined;

  constructor(
    session: Pick<ClusterSession, "hosts" | "localDc" | "rows">,
    clock: Pick<Clock, "monotonicMs">,
  ) {
    this.#session = session;
    this.#clock = clock;
  }

  /** Requests a second since the last look, or `undefined` where that cannot be told. Rejects when a node refuses. */
  async look(signal: AbortSignal): Promise<number | undefined> {
    const up = this.#session.hosts().filter((host) => host.up);
    // There are no connections to other data centres, and whoever uses them is not seen.
    if (up.some((host) => host.dataCenter !== this.#session.localDc)) return undefined;
    const counts = new Map<string, number>();
    for (const { address } of up) {
      const rows = (await this.#session.rows(
        "SELECT address, port, client_options, request_count FROM system_views.clients",
        [],
        { ...NODE_LOCAL, host: address, signal },
      )) as unknown as Record<string, unknown>[];
      for (const row of rows) {
        const options = row["client_options"] as ReadonlyMap<string, string> | null;
        if (options?.get("APPLICATION_NAME") === APPLICATION_NAME) continue;
        counts.set(`${address} ${row["address"]}:${row["port"]}`, Number(row["request_count"] ?? 0));
      }
    }
    return this.#perSecond(counts);
  }

  #perSecond(counts: Counts): number | undefined {
    const before = this.#before;
    const atMs = this.#clock.monotonicMs();
    this.#before = { counts, atMs };
    if (!before || atMs <= before.atMs) return undefined;
    let requests = 0;
    // A connection that was not there before sent all of its requests since then.
    for (const [connection, count] of counts)
      requests += Math.max(0, count - (before.counts.get(connection) ?? 0));
    return (requests * 1000) / (atMs - before.atMs);
  }
}

/** Whether that many requests a second leave a cluster quiet. */
export function isQuiet(perSecond: number): boolean {
  return perSecond < QUIET_PER_SECOND;
}
