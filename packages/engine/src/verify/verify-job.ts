import type { ClusterSession } from "@cassandra-rekey/cassandra";
import { type Job, type NewJob, RekeyError, ringFraction, type TableProgress } from "@cassandra-rekey/core";
import type { Settings } from "../config/settings.ts";
import type { VerifyRequest } from "../engine.ts";
import { tablesOf } from "../job-scope.ts";
import { passId } from "../tables/job-table-id.ts";
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

/**
 * Throws `USAGE.INVALID` where a stored verification was not begun as it is asked for now: it goes on as it was begun, and
 * what it finds says nothing of each replica if it did not ask each.
 */
export function refuseOtherReading({ id, tables }: Job, { perReplica, heal }: VerifyRequest): void {
  const isPerReplica = tables.every(({ replica }) => replica !== undefined);
  const isHealing = tables.every(({ replica, readConsistency }) => !replica && readConsistency === "ALL");
  const other =
    perReplica && !isPerReplica ? "ask each replica alone" : heal && !isHealing ? "read at ALL" : undefined;
  if (other === undefined) return;
  throw new RekeyError("USAGE.INVALID", `verification ${id} was not begun so as to ${other}`, {
    hint: "Begin a new one, without --job-id; or go on with this one as it is, without the other flag.",
  });
}

/** The nodes that hold any of a job's tables now, as `address:port`. */
export function holdersOf(job: Job, session: ClusterSession, settings: Settings): readonly string[] {
  const keyspaces = new Set(tablesOf(job, settings.cluster.keyspace).map(({ keyspace }) => keyspace));
  return [...new Set([...keyspaces].flatMap((keyspace) => [...session.ring.owned(keyspace).keys()]))];
}

/** What a verification did not ask or read, one line each: replicas, where it asks each alone, and tables. */
export function unasked(job: Job, session: ClusterSession, settings: Settings): readonly string[] {
  return [...unaskedReplicas(job, session, settings), ...unreadTables(job, session, settings)];
}

function unaskedReplicas(job: Job, session: ClusterSession, settings: Settings): readonly string[] {
  const asked = new Set(job.tables.map(({ replica }) => replica));
  if (asked.has(undefined)) return [];
  const holders = holdersOf(job, session, settings);
  return session
    .hosts()
    .filter(({ address, dataCenter }) => dataCenter === session.localDc && holders.includes(address))
    .filter(({ address }) => !asked.has(address))
    .map(({ address }) => `${address} was not asked: it was down, or has joined since`);
}

/** Sums of a few hundred thousand parts of the ring differ by less, depending on where they were cut. */
const ROUNDING = 1e-9;

/**
 * Nodes that hold more of the ring now than a verification per replica asked of them, one line for each table: its
 * keyspace was replicated anew meanwhile, or nodes joined or left. What is in the rest of it nobody has looked at.
 */
export function grownReplicas(
  job: Job,
  progress: readonly TableProgress[],
  session: ClusterSession,
  settings: Settings,
): readonly string[] {
  const fractions = new Map(progress.map(({ table, fraction }) => [table, fraction]));
  const asked = new Set(job.tables.flatMap(({ replica }) => replica ?? []));
  // Each once: there is one for every node, and a ring may have tens of thousands of ranges.
  const passes = new Map(
    job.tables.filter(({ replica }) => replica !== undefined).map((pass) => [passId(pass), pass]),
  );
  const lines = [...passes].flatMap(([id, { keyspace = settings.cluster.keyspace, name }]) =>
    [...session.ring.owned(keyspace)]
      .filter(([node]) => asked.has(node))
      .filter(([node, owned]) => {
        const held = owned.reduce((sum, range) => sum + ringFraction(range), 0);
        return held > (fractions.get(`${id}@${node}`) ?? 0) + ROUNDING;
      })
      .map(([node]) => `${node} holds more of ${keyspace}.${name} now than it was asked for`),
  );
  return [...new Set(lines)];
}

function unreadTables(job: Job, session: ClusterSession, settings: Settings): readonly string[] {
  const read = new Set(
    tablesOf(job, settings.cluster.keyspace).map(({ keyspace, name }) => `${keyspace}.${name}`),
  );
  const why = job.tables.some(({ replica }) => replica === undefined)
    ? "it was configured since this verification began"
    : `no node of ${session.localDc} that was up holds it, or it was configured since`;
  return settings.tables
    .map(({ keyspace, name }) => `${keyspace}.${name}`)
    .filter((table) => !read.has(table))
    .map((table) => `${table} was not read: ${why}`);
}
