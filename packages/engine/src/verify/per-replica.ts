import type { NewJob, TokenRange } from "@cassandra-rekey/core";

type NewTable = NewJob["tables"][number];

/** Which part of the ring each node holds, by its `address:port`. */
export type Owned = ReadonlyMap<string, readonly TokenRange[]>;

/**
 * A verification that asks each replica alone: one pass for each table and node, over what that node holds. Read at
 * ONE from a node that is a replica, the answer is the node's own; at any higher level it would be the newest of several.
 */
export function perReplica(job: NewJob, ownedOf: (table: NewTable) => Owned): NewJob {
  const tables = job.tables.flatMap((table) =>
    [...ownedOf(table)].map(([replica, owned]): NewTable => {
      const ranges = intersections(owned, table.ranges);
      return { ...table, id: `${table.id}@${replica}`, replica, readConsistency: "ONE", ranges };
    }),
  );
  return { ...job, tables: tables.filter(({ ranges }) => ranges.length > 0) };
}

/** A verification that reads at ALL: a replica that answers with something older is mended by the cluster itself. */
export function healing(job: NewJob): NewJob {
  return { ...job, tables: job.tables.map((table) => ({ ...table, readConsistency: "ALL" })) };
}

function intersections(a: readonly TokenRange[], b: readonly TokenRange[]): readonly TokenRange[] {
  return b.flatMap((chunk) =>
    a
      .map(({ after, upTo }) => ({
        after: after > chunk.after ? after : chunk.after,
        upTo: upTo < chunk.upTo ? upTo : chunk.upTo,
      }))
      .filter(({ after, upTo }) => after < upTo),
  );
}
