import type { Job } from "@cassandra-rekey/core";

/** What `jobs` prints with `--json`. */
export function jobsToJson(jobs: readonly Job[]): object {
  return {
    jobs: jobs.map((job) => ({
      jobId: job.id,
      kind: job.kind,
      state: job.state,
      createdAt: new Date(job.createdAt).toISOString(),
      origin: job.origin,
      tables: job.tables.map(({ keyspace, name, scan, chunks }) => ({
        keyspace: keyspace ?? null,
        name,
        ...(scan === "partitions" && { scan }),
        chunks,
      })),
    })),
  };
}
