import { isRekeyError } from "@cassandra-rekey/core";
import type { Host } from "cassandra-driver";
import type { ClusterSession } from "./cluster-session.ts";
import { quoteIdentifier } from "./cql-text.ts";
import { SchemaReader } from "./schema-reader.ts";
import { keyColumns } from "./table-facts.ts";

/** Ranges of one node that are asked for before it is given up to tell whether it is up. */
const MOST_QUESTIONS = 4;
/** Questions without an answer, by a time-out or for want of a permission, after which no more are asked. */
const MOST_UNANSWERED = 3;
const ANSWER_TIMEOUT_MS = 5_000;

/**
 * Marks the nodes of other data centres that are down. The driver keeps no connections there and hears only of changes, so
 * that it takes one for up which was down before the session began. A read at ALL of a range that such a node holds tells.
 * A node of which this can't be told for sure, because others of its ranges are down as well, counts as down; one that
 * holds nothing of the tables, or of which the role may not ask, stays as it is.
 */
export async function markRemoteOutages(
  session: ClusterSession,
  tables: readonly { readonly keyspace: string; readonly name: string }[],
  signal: AbortSignal,
): Promise<void> {
  const remote = session.hosts().filter(({ up, dataCenter }) => up && dataCenter !== session.localDc);
  if (remote.length === 0) return;
  const unknown = new Set(remote.map(({ address }) => address));
  const down = new Set(
    session
      .hosts()
      .filter(({ up }) => !up)
      .map(({ address }) => address),
  );
  const doubtful = new Set<string>();
  let unanswered = 0;
  for (const [keyspace, [table]] of Map.groupBy(tables, (each) => each.keyspace)) {
    const question = await questionOf(session, keyspace, table!.name, signal);
    if (!question) continue;
    for (const [node, ranges] of session.ring.owned(keyspace)) {
      if (!unknown.has(node)) continue;
      for (const { upTo } of ranges.slice(0, MOST_QUESTIONS)) {
        if (unanswered === MOST_UNANSWERED) break;
        const missing = await question(upTo);
        if (missing === undefined) {
          unanswered += 1;
          continue;
        }
        const replicas = session.ring.replicas(keyspace, upTo);
        const open = replicas.filter((replica) => unknown.has(replica));
        const lost = missing - replicas.filter((replica) => down.has(replica)).length;
        if (lost > 0 && lost < open.length) doubtful.add(node);
        else for (const replica of open) settle(replica, lost > 0);
        if (!unknown.has(node)) break;
      }
    }
  }
  // Not before: what one range leaves open another may tell.
  for (const node of doubtful) if (unknown.has(node)) settle(node, true);

  function settle(node: string, isDown: boolean): void {
    unknown.delete(node);
    if (!isDown) return;
    down.add(node);
    // What the driver does when it hears of it; it marks the node as up again when it hears of that.
    (session.client.hosts.get(node) as (Host & { setDown(): void }) | undefined)?.setDown();
  }
}

/** How many replicas of a token are missing for a read at ALL; `undefined` when it failed for another reason. */
async function questionOf(
  session: ClusterSession,
  keyspace: string,
  name: string,
  signal: AbortSignal,
): Promise<((token: bigint) => Promise<number | undefined>) | undefined> {
  const schema = await new SchemaReader(session).table(keyspace, name, signal);
  if (!schema) return undefined;
  const key = keyColumns(schema, "partition_key")
    .map((column) => quoteIdentifier(column.name))
    .join(", ");
  const table = `${quoteIdentifier(keyspace)}.${quoteIdentifier(name)}`;
  const cql = `SELECT DISTINCT ${key} FROM ${table} WHERE token(${key}) > ? AND token(${key}) <= ? LIMIT 1`;
  return async (token) => {
    try {
      await session.execute(cql, [token - 1n, token], {
        consistency: "ALL",
        timeoutMs: ANSWER_TIMEOUT_MS,
        signal,
      });
      return 0;
    } catch (error) {
      if (!isRekeyError(error)) throw error;
      const { alive, required } = (error.cause ?? {}) as { alive?: number; required?: number };
      return alive === undefined || required === undefined ? undefined : required - alive;
    }
  };
}
