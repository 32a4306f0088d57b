import { RekeyError } from "@cassandra-rekey/core";
import cassandra, { type Client, type EmptyCallback, type HostMap } from "cassandra-driver";
import { controlConnection } from "./control-connection.ts";

const { DCAwareRoundRobinPolicy, TokenAwarePolicy } = cassandra.policies.loadBalancing;

/** The nodes of one data centre, in turn: of the one named, or of that of the contact point which answered. */
class LocalNodesPolicy extends DCAwareRoundRobinPolicy {
  declare localDc: string;

  override init(client: Client, hosts: HostMap, callback: EmptyCallback): void {
    // The driver's own check, before any policy is asked, leaves its connection open behind it.
    this.localDc ??= controlConnection(client).host!.datacenter;
    const known = [...new Set(hosts.values().map((host) => host.datacenter))];
    if (known.includes(this.localDc)) {
      super.init(client, hosts, callback);
    } else {
      const problem = `the cluster has no data centre ${this.localDc}, only ${known.sort().join(", ")}`;
      callback(new RekeyError("CLUSTER.LOCAL_DC", problem));
    }
  }
}

/** Sends each request to a replica in the local data centre where its partition is known. */
export class LocalReplicasPolicy extends TokenAwarePolicy {
  readonly #nodes: LocalNodesPolicy;

  constructor(localDc: string | undefined) {
    const nodes = new LocalNodesPolicy(localDc as string);
    super(nodes);
    this.#nodes = nodes;
  }

  /** Known once the client is connected. */
  get localDc(): string {
    return this.#nodes.localDc;
  }
}
