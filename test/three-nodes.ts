import { connectClient, type LocalCassandra, startCassandra } from "@cassandra-rekey/local-cassandra";
import type { CassandraAddress } from "@cassandra-rekey/local-cassandra/shared";
import { TcpProxy } from "@cassandra-rekey/testkit";
import cassandra, { type Client, type policies } from "cassandra-driver";

/** Three real nodes on loopback, with a proxy before each of them for whoever uses `proxied`. */
export interface ThreeNodes extends AsyncDisposable {
  readonly cluster: LocalCassandra;
  /** The cluster as it is found through the proxies. */
  readonly proxied: CassandraAddress;
  /** In the order of the nodes. */
  readonly proxies: readonly TcpProxy[];
  /** Connected past the proxies. */
  readonly client: Client;
}

const PROXY_HOSTS = ["127.0.1.1", "127.0.1.2", "127.0.1.3"];

/** How the nodes are started. */
export interface ThreeNodesOptions {
  /** Whether nodes keep for each other what one of them misses. */
  readonly hints: boolean;
  readonly progress?: (line: string) => void;
}

/** Boots in about 40 s; in several times that on a busy machine. */
export async function startThreeNodes({ hints, progress }: ThreeNodesOptions): Promise<ThreeNodes> {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(
    await startCassandra({
      nodes: 3,
      from: ["jvm"],
      heap: "400m",
      clientHosts: PROXY_HOSTS,
      config: {
        hinted_handoff_enabled: hints,
        dynamic_snitch: false,
        // A node that is killed has lost nothing that it acknowledged.
        commitlog_sync: "batch",
        commitlog_sync_period: undefined,
        commitlog_sync_period_in_ms: undefined,
      },
      // Nodes of a busy machine need a while to find each other.
      jvmArguments: ["-Dcassandra.ring_delay_ms=2500"],
      ...(progress && { progress }),
    }),
  );
  const { port } = cluster;
  const proxies: TcpProxy[] = [];
  for (const [node, host] of cluster.contactPoints.entries())
    proxies.push(stack.use(await TcpProxy.start({ host, port }, { host: PROXY_HOSTS[node]!, port })));
  const addressResolution = pastTheProxies(cluster.contactPoints);
  const client = await connectClient(cluster, { policies: { addressResolution } });
  stack.defer(() => client.shutdown());
  const { how, version, localDc } = cluster;
  const proxied = { how, version, localDc, contactPoints: PROXY_HOSTS, port };
  const whole = stack.move();
  return { cluster, proxied, proxies, client, [Symbol.asyncDispose]: () => whole.disposeAsync() };
}

/** Nodes name their proxies to clients; this leads back to the nodes. */
function pastTheProxies(hosts: readonly string[]): policies.addressResolution.AddressTranslator {
  // The driver wants an instance of its own class, which its types do not show.
  const translator = cassandra.policies.defaultAddressTranslator();
  translator.translate = (address, port, callback) => {
    const node = PROXY_HOSTS.indexOf(address);
    callback(`${node < 0 ? address : hosts[node]}:${port}`);
  };
  return translator;
}
