import { type ClusterSession, NODE_LOCAL } from "@cassandra-rekey/cassandra";
import type { HoldReason } from "./health-options.ts";

type Row = Readonly<Record<string, unknown>>;

/** What is going on in the cluster; a line each, empty when it is whole and quiet. */
export class ClusterState {
  readonly #session: ClusterSession;
  readonly #reasons: ReadonlySet<HoldReason>;
  readonly #timeoutMs: number;

  constructor(session: ClusterSession, reasons: readonly HoldReason[], timeoutMs: number) {
    this.#session = session;
    this.#reasons = new Set(reasons);
    this.#timeoutMs = timeoutMs;
  }

  /** Rejects where no node answers. Repairs and streams are told by the nodes that take part, so each is asked. */
  async troubles(signal: AbortSignal): Promise<readonly string[]> {
    const hosts = this.#session.hosts();
    const down = hosts.filter(({ up }) => !up).map(({ address }) => address);
    const asked = hosts.filter(({ up, dataCenter }) => up && dataCenter === this.#session.localDc);
    const troubles = this.#reasons.has("node-down") ? down.map((address) => `${address} is down`) : [];
    if (this.#reasons.has("topology") && asked[0] !== undefined)
      troubles.push(...changingNodes(await this.#rows(asked[0].address, GOSSIP, signal)));
    for (const { address } of asked) {
      if (this.#reasons.has("repair") && isRepairing(await this.#rows(address, REPAIRS, signal)))
        troubles.push(`a repair is running on ${address}`);
      if (this.#reasons.has("streaming") && isStreaming(await this.#rows(address, STREAMS, signal)))
        troubles.push(`${address} is streaming`);
    }
    return troubles;
  }

  async #rows(host: string, cql: string, signal: AbortSignal): Promise<readonly Row[]> {
    const options = { ...NODE_LOCAL, host, timeoutMs: this.#timeoutMs, signal };
    return (await this.#session.rows(cql, [], options)) as unknown as Row[];
  }
}

const GOSSIP = "SELECT address, status, status_with_port FROM system_views.gossip_info";
const REPAIRS = "SELECT completed FROM system_views.repairs";
const STREAMS = "SELECT status FROM system_views.streaming";

/** Nodes that gossip says are on the way into the ring, out of it or to another place. */
export function changingNodes(rows: readonly Row[]): readonly string[] {
  return rows.flatMap((row) => {
    const status = String(row["status_with_port"] ?? row["status"] ?? "");
    const doing = /^(BOOT|MOVING|LEAVING)/.exec(status)?.[1];
    return doing === undefined ? [] : [`${String(row["address"])} is ${DOING[doing]}`];
  });
}

const DOING: Readonly<Record<string, string>> = { BOOT: "joining", MOVING: "moving", LEAVING: "leaving" };

/** Repairs stay listed for a while after their end. */
export function isRepairing(rows: readonly Row[]): boolean {
  return rows.some(({ completed }) => completed === false);
}

/** Streams stay listed for a while after their end, as success or failure. */
export function isStreaming(rows: readonly Row[]): boolean {
  return rows.some(({ status }) => /^(init|start)$/i.test(String(status)));
}
