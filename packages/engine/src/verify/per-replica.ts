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

/** What two lists have in common, both disjoint and in ring order: thousands of ranges of a node meet thousands of chunks. */
function intersections(a: readonly TokenRange[], b: readonly TokenRange[]): readonly TokenRange[] {
  const common: TokenRange[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const one = a[i]!;
    const other = b[j]!;
    const after = one.after > other.after ? one.after : other.after;
    const upTo = one.upTo < other.upTo ? one.upTo : other.upTo;
    if (after < upTo) common.push({ after, upTo });
    if (one.upTo < other.upTo) i += 1;
    else j += 1;
  }
  return common;
}
