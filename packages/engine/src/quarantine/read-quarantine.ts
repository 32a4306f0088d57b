import { type ClusterSession, keyColumns, openKeyReader } from "@cassandra-rekey/cassandra";
import { encodeKey, type Job, type JobTable, type StateStore } from "@cassandra-rekey/core";
import type { QuarantinedCell } from "../reports.ts";
import type { ReadSchema } from "../tables/resolve-tables.ts";

/** What {@link readQuarantine} needs. */
export interface QuarantineSources {
  readonly store: StateStore;
  readonly session: ClusterSession;
  readonly readSchema: ReadSchema;
  /** The keyspace of tables whose own is not recorded. */
  readonly keyspace: string;
}

/** A job's quarantine with its key columns made readable; a table that is gone shows raw bytes. */
export async function* readQuarantine(
  sources: QuarantineSources,
  job: Job,
  signal: AbortSignal,
): AsyncIterable<QuarantinedCell> {
  const places = new Map<string, Awaited<ReturnType<typeof placeOf>>>();
  for await (const entry of sources.store.quarantined(job.id, signal)) {
    let place = places.get(entry.table);
    if (!place) {
      place = await placeOf(
        sources,
        job.tables.find((table) => table.id === entry.table),
        entry.table,
        signal,
      );
      places.set(entry.table, place);
    }
    const { column, reason, writetime } = entry;
    const { keyspace, table, readKey } = place;
    yield {
      keyspace,
      table,
      column,
      reason,
      writetime,
      key: readKey(entry.key),
      rowKey: encodeKey(entry.key),
    };
  }
}

async function placeOf(
  { session, readSchema, keyspace: usual }: QuarantineSources,
  table: JobTable | undefined,
  id: string,
  signal: AbortSignal,
) {
  const keyspace = table?.keyspace ?? usual;
  const name = table?.name ?? id;
  const schema = await readSchema(keyspace, name, signal);
  const partitionKey = schema ? keyColumns(schema, "partition_key") : [];
  const clusteringKey = schema ? keyColumns(schema, "clustering") : [];
  const readKey = await openKeyReader(session, { keyspace, name, partitionKey, clusteringKey });
  return { keyspace, table: name, readKey };
}
