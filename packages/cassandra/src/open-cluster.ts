import type { Clock, Logger } from "@cassandra-rekey/core";
import cassandra, { type Client, type ClientOptions } from "cassandra-driver";
import { ClusterSession, type ClusterSettings } from "./cluster-session.ts";
import { controlConnection } from "./control-connection.ts";
import { fromConnectError } from "./driver-errors.ts";
import { FieldMap } from "./field-map.ts";
import { endForgottenWrites } from "./forgotten-statements.ts";
import { LocalReplicasPolicy } from "./local-replicas-policy.ts";
import { tlsOptions } from "./tls-options.ts";

/** A connection that takes longer than a request may is no use. */
const CONNECT_TIMEOUT_MS = 10_000;
/** The name under which a session's connections stand in `system_views.clients`. */
export const APPLICATION_NAME = "cassandra-rekey";

/** Connects. Bounded in time; rejects with `CLUSTER.UNREACHABLE`, `AUTHENTICATION`, `TLS` or `LOCAL_DC`. */
export async function openCluster(
  settings: ClusterSettings,
  dependencies: { readonly clock: Clock; readonly logger: Logger },
): Promise<ClusterSession> {
  const policy = new LocalReplicasPolicy(settings.localDc);
  const client = await connect(settings, policy);
  client.on("hostDown", (host) => dependencies.logger.warn({ host: host.address }, "a node is down"));
  client.on("hostUp", (host) => dependencies.logger.info({ host: host.address }, "a node is up"));
  return new ClusterSession(client, policy.localDc, settings, dependencies.clock);
}

async function connect(settings: ClusterSettings, policy: LocalReplicasPolicy): Promise<Client> {
  const client = new cassandra.Client(clientOptions(settings, policy));
  try {
    await client.connect();
    endForgottenWrites(client);
    return client;
  } catch (error) {
    await client.shutdown().catch(() => {});
    // A connection on which something failed half way belongs to no pool yet, and would be kept alive for ever.
    controlConnection(client).connection?.close();
    const what = `connecting to ${settings.contactPoints.join(", ")}`;
    throw fromConnectError(error, what, settings.tls !== undefined);
  }
}

function clientOptions(settings: ClusterSettings, loadBalancing: LocalReplicasPolicy): ClientOptions {
  const ssl = settings.tls && tlsOptions(settings.tls);
  return {
    contactPoints: [...settings.contactPoints],
    protocolOptions: { port: settings.port },
    ...(settings.username !== undefined && {
      authProvider: new cassandra.auth.PlainTextAuthProvider(settings.username, settings.password ?? ""),
    }),
    ...(ssl && { sslOptions: ssl }),
    socketOptions: {
      connectTimeout: Math.min(CONNECT_TIMEOUT_MS, settings.requestTimeoutMs),
      readTimeout: settings.requestTimeoutMs,
    },
    pooling: { maxRequestsPerConnection: settings.maxInFlightPerHost ?? 2048 },
    policies: {
      loadBalancing,
      // The engine retries by itself: it has to compute TTLs again and to check a page's age before each send.
      retry: new cassandra.policies.retry.FallthroughRetryPolicy(),
    },
    // Objects would put the keys of a map in another order.
    encoding: { useBigIntAsLong: true, map: FieldMap },
    queryOptions: { consistency: cassandra.types.consistencies.localQuorum, prepare: true },
    // What `system_views.clients` shows of us, to operators and to ourselves.
    applicationName: APPLICATION_NAME,
    monitorReporting: { enabled: false },
  } as ClientOptions;
}
