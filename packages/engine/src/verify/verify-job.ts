import type { ClusterSession } from "@cassandra-rekey/cassandra";
import { type Job, type NewJob, RekeyError } from "@cassandra-rekey/core";
import type { Settings } from "../config/settings.ts";
import type { VerifyRequest } from "../engine.ts";
import { tablesOf } from "../job-scope.ts";
import { healing, perReplica } from "./per-replica.ts";

/** A planned verification as it was asked for. */
export function verificationOf(
  job: NewJob,
  request: VerifyRequest,
  session: ClusterSession,
  settings: Settings,
): NewJob {
  if (request.perReplica && request.heal)
    throw new RekeyError("USAGE.INVALID", "a read at ALL heals replicas instead of finding them", {
      hint: "Heal first, then verify per replica.",
    });
  if (request.heal) return healing(job);
  if (!request.perReplica) return job;
  const asked = perReplica(job, ({ keyspace = settings.cluster.keyspace }) => {
    const up = session.hosts().filter((host) => host.up && host.dataCenter === session.localDc);
    const owned = session.ring.owned(keyspace);
    return new Map(up.map(({ address }) => [address, owned.get(address) ?? []]));
  });
  if (asked.tables.length > 0) return asked;
  throw new RekeyError(
    "USAGE.INVALID",
    `no node of data centre ${session.localDc} that is up holds any of the tables`,
    { hint: "Set cluster.local_dc to a data centre that the tables' keyspaces are replicated to." },
  );
}

/** Replicas and tables that a verification per replica did not ask, one line each. */
export function unasked(job: Job, session: ClusterSession, settings: Settings): readonly string[] {
  const asked = new Set(job.tables.map(({ replica }) => replica));
  if (asked.has(undefined)) return [];
  const keyspaces = new Set(job.tables.map(({ keyspace = settings.cluster.keyspace }) => keyspace));
  const holders = [...keyspaces].flatMap((keyspace) => [...session.ring.owned(keyspace).keys()]);
  const replicas = session
    .hosts()
    .filter(({ address, dataCenter }) => dataCenter === session.localDc && holders.includes(address))
    .filter(({ address }) => !asked.has(address))
    .map(({ address }) => `${address} was not asked: it was down, or has joined since`);
  const read = new Set(
    tablesOf(job, settings.cluster.keyspace).map(({ keyspace, name }) => `${keyspace}.${name}`),
  );
  const tables = settings.tables
    .map(({ keyspace, name }) => `${keyspace}.${name}`)
    .filter((table) => !read.has(table))
    .map(
      (table) =>
        `${table} was not read: no node of ${session.localDc} that was up holds it, or it was configured since`,
    );
  return [...replicas, ...tables];
}
