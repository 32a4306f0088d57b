import { type Clock, type PluginContext, RekeyError } from "@cassandra-rekey/core";
import type { Client, Host, types as Types, token } from "cassandra-driver";
import { consistencyCode } from "./consistency.ts";
import { fromDriverError } from "./driver-errors.ts";
import { prepareStatement } from "./prepare-statement.ts";
import { RawBytes } from "./raw-bytes.ts";
import { ReplicaRing } from "./replica-ring.ts";
import type { TlsMaterial } from "./tls-options.ts";

const BRAND = Symbol.for("cassandra-rekey/cluster-session");
const DEFAULT_PAGE_ROWS = 1000;

/** How a cluster is connected to. */
export interface ClusterSettings {
  /** `host`, `host:port` or `[v6]:port`. */
  readonly contactPoints: readonly string[];
  readonly port: number;
  /** The data centre of the first contact point that answers, when left out. */
  readonly localDc?: string;
  readonly keyspace?: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: TlsMaterial;
  readonly requestTimeoutMs: number;
  /** Requests outstanding on one connection before the driver calls itself busy. */
  readonly maxInFlightPerHost?: number;
  /** Rows a page of statements that name no number; 1000 when left out. */
  readonly pageRows?: number;
}

/**
 * For tables that each node keeps for itself: schema, virtual tables, `system`. Guardrails hold for them, too, so the
 * level is the one that the driver itself cannot do without, and pages are small.
 */
export const NODE_LOCAL = { consistency: "ONE", fetchSize: 100 } as const;

/** How one statement is executed. CQL maps come as `Map`, 64-bit integers as `bigint`. */
export interface ExecuteOptions {
  readonly consistency?: string;
  readonly serialConsistency?: string;
  /** Rows a page; the session's when left out. */
  readonly fetchSize?: number;
  readonly pageState?: string;
  readonly routingKey?: Buffer | Buffer[] | token.Token;
  /** Default true: values are bound by their server-side types, and Buffers as raw bytes of any type. */
  readonly prepare?: boolean;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** The one host to ask, by `address:port`: virtual tables differ from node to node. */
  readonly host?: string;
  /** Have the server trace the statement; `info.traceId` of the result names the trace. */
  readonly trace?: boolean;
}

/**
 * One node as the driver sees it. Texts are empty where `system.peers` does not say them: of a node that is just joining,
 * or was not removed properly.
 */
export interface HostState {
  /** `address:port` */
  readonly address: string;
  readonly dataCenter: string;
  readonly rack: string;
  readonly version: string;
  readonly up: boolean;
}

/** One connected cluster, shared by the engine and the plugins that ask for it. The driver retries nothing. */
export class ClusterSession implements AsyncDisposable {
  readonly client: Client;
  readonly localDc: string;
  readonly ring: ReplicaRing;
  /** The bytes of what this session's client decoded. */
  readonly rawBytes = new RawBytes();
  readonly #settings: ClusterSettings;

  constructor(client: Client, localDc: string, settings: ClusterSettings, clock: Clock) {
    this.client = client;
    this.localDc = localDc;
    this.#settings = settings;
    this.ring = new ReplicaRing(client, clock);
    this.rawBytes.watch(client);
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Executes one statement. Rejects with a `CLUSTER.*` error, or with the signal's reason as soon as it aborts. */
  async execute(
    cql: string,
    params: readonly unknown[] = [],
    options: ExecuteOptions = {},
  ): Promise<Types.ResultSet> {
    options.signal?.throwIfAborted();
    const host = options.host === undefined ? undefined : this.#host(options.host);
    const request = this.client.execute(cql, params as unknown[], {
      prepare: options.prepare ?? true,
      isIdempotent: true,
      fetchSize: options.fetchSize ?? this.#settings.pageRows ?? DEFAULT_PAGE_ROWS,
      readTimeout: options.timeoutMs ?? this.#settings.requestTimeoutMs,
      ...(options.consistency !== undefined && { consistency: consistencyCode(options.consistency) }),
      ...(options.serialConsistency !== undefined && {
        serialConsistency: consistencyCode(options.serialConsistency),
      }),
      ...(options.pageState !== undefined && { pageState: options.pageState }),
      ...(options.routingKey !== undefined && { routingKey: options.routingKey as Buffer }),
      ...(host && { host }),
      ...(options.trace === true && { traceQuery: true }),
    });
    return this.#bounded(request, options.signal, () => statementKind(cql));
  }

  /**
   * Has a statement prepared on the nodes that are connected, so that its first execution need not wait for that. Does
   * nothing once it is.
   */
  async prepare(cql: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await this.#bounded(prepareStatement(this.client, cql), signal, () => statementKind(cql));
  }

  /** All rows of a statement, page after page. */
  async rows(
    cql: string,
    params: readonly unknown[] = [],
    options: ExecuteOptions = {},
  ): Promise<readonly Types.Row[]> {
    const rows: Types.Row[] = [];
    let pageState: string | undefined;
    do {
      const page = await this.execute(cql, params, {
        ...options,
        ...(pageState !== undefined && { pageState }),
      });
      // LWT and schema statements answer without rows.
      for (const row of page.rows ?? []) rows.push(row);
      pageState = page.pageState ?? undefined;
    } while (pageState !== undefined);
    return rows;
  }

  /** Sends several statements as one batch. */
  async batch(
    statements: readonly { readonly query: string; readonly params: readonly unknown[] }[],
    options: ExecuteOptions & { readonly logged: boolean },
  ): Promise<Types.ResultSet> {
    options.signal?.throwIfAborted();
    const request = this.client.batch(statements as { query: string; params: unknown[] }[], {
      prepare: true,
      logged: options.logged,
      isIdempotent: true,
      readTimeout: options.timeoutMs ?? this.#settings.requestTimeoutMs,
      ...(options.consistency !== undefined && { consistency: consistencyCode(options.consistency) }),
      ...(options.serialConsistency !== undefined && {
        serialConsistency: consistencyCode(options.serialConsistency),
      }),
      ...(options.routingKey !== undefined && { routingKey: options.routingKey as Buffer }),
    });
    return this.#bounded(request, options.signal, () => "a batch");
  }

  /** All nodes, of all data centres. */
  hosts(): readonly HostState[] {
    return this.client.hosts.values().map((host) => ({
      address: host.address,
      dataCenter: host.datacenter ?? "",
      rack: host.rack ?? "",
      version: host.cassandraVersion ?? "",
      up: host.isUp(),
    }));
  }

  /** The lowest Cassandra major version among the nodes that tell it; 0 where none does. */
  get majorVersion(): number {
    const known = this.hosts()
      .map((host) => Number.parseInt(host.version, 10))
      .filter((version) => !Number.isNaN(version));
    return known.length === 0 ? 0 : Math.min(...known);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.shutdown();
  }

  #host(address: string): Host {
    const host = this.client.hosts.get(address);
    if (host) return host;
    throw new RekeyError("CLUSTER.UNREACHABLE", `${address} is not a node of the cluster any more`);
  }

  async #bounded<Result>(
    request: Promise<Result>,
    signal: AbortSignal | undefined,
    what: () => string,
  ): Promise<Result> {
    request.catch(() => {});
    if (!signal) {
      return request.catch((error) => {
        throw fromDriverError(error, what());
      });
    }
    return new Promise<Result>((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      request
        .then(resolve, (error) => reject(fromDriverError(error, what())))
        .finally(() => signal.removeEventListener("abort", onAbort));
    });
  }
}

/** The session of a plugin's context. */
export async function clusterOf(context: Pick<PluginContext, "cluster">): Promise<ClusterSession> {
  const session = await context.cluster();
  if ((session as Record<symbol, unknown>)[BRAND] === true) return session as ClusterSession;
  throw new RekeyError(
    "INTERNAL.INVARIANT",
    "the plugin context's cluster is not a session of @cassandra-rekey/cassandra",
  );
}

function statementKind(cql: string): string {
  const table =
    /(?:FROM|INTO|UPDATE|TABLE|KEYSPACE)\s+(?:IF NOT EXISTS\s+)?("?[\w]+"?(?:\."?[\w]+"?)?)/i.exec(cql)?.[1];
  const verb = cql.trim().split(/\s+/, 1)[0]!.toUpperCase();
  return table ? `${verb} on ${table}` : verb;
}
