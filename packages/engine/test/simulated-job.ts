import type { Job, NewJob, TokenRange } from "@cassandra-rekey/core";

/** A job over the table `users`, as a planner would store it, without a schema snapshot. */
export function planned(
  id: string,
  ranges: readonly TokenRange[],
  changes: Partial<Omit<NewJob["tables"][number], "ranges">> & { kind?: NewJob["kind"] } = {},
): NewJob {
  const { kind = "rekey", ...table } = changes;
  return {
    id,
    kind,
    tables: [
      {
        id: "users",
        keyspace: "app",
        name: "users",
        columns: ["email", "phone"],
        writeMode: "fenced",
        schema: undefined,
        ranges,
        ...table,
      },
    ],
  };
}

/** The job as a store gives it back. */
export function stored(job: NewJob, state: Job["state"] = "running"): Job {
  return {
    id: job.id,
    kind: job.kind,
    state,
    createdAt: 0,
    origin: "cassandra-rekey",
    tables: job.tables.map(({ ranges, ...table }) => ({ ...table, chunks: ranges.length })),
  };
}
