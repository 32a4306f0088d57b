import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { type ClusterSession, openCluster } from "@cassandra-rekey/cassandra";
import {
  type Clock,
  type JobKind,
  MAX_TOKEN,
  MIN_TOKEN,
  type NewJob,
  type Random,
} from "@cassandra-rekey/core";
import {
  dropKeyspaces,
  freshKeyspace,
  sharedCassandra,
  useOpened,
} from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll } from "vitest";
import { CassandraStateStore, type CassandraStoreSettings } from "../src/cassandra-state-store.ts";

export const never: AbortSignal = new AbortController().signal;
export const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
export const random: Random = { bytes: randomBytes, uuid: randomUUID, fraction: Math.random };

/** The machine's clock, with a wall clock that is wrong by `aheadMs`. */
export function systemClock(aheadMs = 0): Clock {
  return {
    wallMs: () => Date.now() + aheadMs,
    monotonicMs: () => performance.now(),
    sleep: (ms, signal) => setTimeout(ms, undefined, signal ? { signal } : {}),
    timeout: (ms) => AbortSignal.timeout(ms),
  };
}

/** A session on the shared cluster, and keyspaces of the tests' own. */
export interface StateCluster {
  readonly session: ClusterSession;
  readonly keyspace: string;
  /** Makes another one, and returns its name. */
  another(): Promise<string>;
}

/** Opens it before the tests where it is called, and drops all keyspaces after them. Until then it is empty. */
export function useStateCluster(): StateCluster {
  return useOpened({ beforeAll, afterAll }, async (stack) => {
    const { contactPoints, port, localDc } = await sharedCassandra();
    const session = stack.use(
      await openCluster(
        { contactPoints, port, localDc, requestTimeoutMs: 20_000 },
        { clock: systemClock(), logger },
      ),
    );
    const keyspace = await freshKeyspace(session.client);
    stack.defer(() => dropKeyspaces(session.client, keyspace));
    let others = 0;
    const another = () => freshKeyspace(session.client, `${keyspace}_${++others}`);
    return { session, keyspace, another };
  });
}

/** A store over the keyspace; its host's clock is wrong by `aheadMs`. */
export function openStore(
  session: ClusterSession,
  keyspace: string,
  { aheadMs = 0, ...settings }: Partial<CassandraStoreSettings> & { readonly aheadMs?: number } = {},
): CassandraStateStore {
  return new CassandraStateStore(
    session,
    {
      keyspace,
      replication: undefined,
      consistency: "LOCAL_QUORUM",
      serialConsistency: "LOCAL_SERIAL",
      pythonStuckSeconds: 600,
      ...settings,
    },
    { clock: systemClock(aheadMs), random },
  );
}

/** The session with some of its methods replaced. */
export function sessionWith(
  session: ClusterSession,
  replaced: Partial<Pick<ClusterSession, "execute" | "rows" | "batch" | "hosts">>,
): ClusterSession {
  return new Proxy(session, {
    get(target, name) {
      const own = Reflect.get(replaced, name) as unknown;
      if (own !== undefined) return own;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A job over one table, cut into so many chunks. */
export function jobOf(chunks: number, kind: JobKind = "rekey"): NewJob {
  const step = (MAX_TOKEN - MIN_TOKEN) / BigInt(chunks);
  const ranges = Array.from({ length: chunks }, (_, index) => ({
    after: MIN_TOKEN + step * BigInt(index),
    upTo: index === chunks - 1 ? MAX_TOKEN : MIN_TOKEN + step * BigInt(index + 1),
  }));
  const table = {
    keyspace: "app",
    name: "t",
    columns: ["c"],
    writeMode: "fenced",
    schema: undefined,
  } as const;
  return { id: randomUUID(), kind, tables: [{ id: "t", ...table, ranges }] };
}
