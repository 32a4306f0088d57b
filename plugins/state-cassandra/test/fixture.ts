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
import { connectClient, freshKeyspace, sharedCassandra } from "@cassandra-rekey/local-cassandra/shared";
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

/** A session on the shared cluster. */
export async function openSession(): Promise<ClusterSession> {
  const { contactPoints, port, localDc } = await sharedCassandra();
  return openCluster(
    { contactPoints, port, localDc, requestTimeoutMs: 20_000 },
    { clock: systemClock(), logger },
  );
}

/** The name of a new and empty keyspace. */
export async function newKeyspace(): Promise<string> {
  const client = await connectClient(await sharedCassandra());
  try {
    return await freshKeyspace(client);
  } finally {
    await client.shutdown();
  }
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
