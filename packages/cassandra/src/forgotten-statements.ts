import type { Client } from "cassandra-driver";

/** A statement of {@link PreparedCache}; without an id it is prepared before it is executed. */
interface PreparedStatement {
  readonly query: string;
  queryId?: Buffer | null;
}

/** The driver's cache of prepared statements; it is not in the type declarations of 4.10. */
interface PreparedCache {
  getPreparedById(id: Buffer): PreparedStatement | undefined;
  getAllPrepared(): readonly PreparedStatement[];
}

const HAS_TTL = /^UPDATE\b.*\bUSING\b.*\bTTL\b/s;

/**
 * Ends a write with a time to live when a node has forgotten its statement, as nodes do after ALTER TABLE. The driver
 * would prepare it and send it again by itself: later than its time to live was computed for and its page's age looked
 * at. Who sends it again computes both anew; all such statements are prepared before that, as others are forgotten too.
 */
export function endForgottenWrites(client: Client): void {
  const cache = client.metadata as unknown as PreparedCache;
  const known = cache.getPreparedById.bind(cache);
  cache.getPreparedById = (id) => {
    const found = known(id);
    if (!found || !HAS_TTL.test(found.query)) return found;
    for (const statement of cache.getAllPrepared())
      if (HAS_TTL.test(statement.query)) statement.queryId = null;
    return undefined;
  };
}
