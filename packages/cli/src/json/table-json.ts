import type { ChunkCounts, RowCounts } from "@cassandra-rekey/core";
import type { StatusTable } from "@cassandra-rekey/engine";

/** One table of `status` and `run`. */
export interface TableJson {
  /** `null` for jobs that the Python tool planned: it does not record it. */
  readonly keyspace: string | null;
  readonly name: string;
  /** Of a pass over static columns alone: its rows are partitions. */
  readonly scan?: "partitions";
  /** The one node that is read, in a verification per replica. */
  readonly replica?: string;
  readonly chunks: ChunkCounts;
  /** `raced` is `null` in fenced mode, where the server does not tell. */
  readonly rows: RowCounts;
  readonly young: number;
  readonly fraction: number;
  readonly lastError: string | null;
}

/** A table's progress as scripts may rely on it; spelled out, so that a new engine field is no silent promise. */
export function tableToJson(table: StatusTable): TableJson {
  const { chunks, rows } = table;
  return {
    keyspace: table.keyspace ?? null,
    name: table.name,
    ...(table.scan === "partitions" && { scan: table.scan }),
    ...(table.replica !== undefined && { replica: table.replica }),
    chunks: {
      pending: chunks.pending,
      running: chunks.running,
      done: chunks.done,
      failed: chunks.failed,
    },
    rows: {
      scanned: rows.scanned,
      rekeyed: rows.rekeyed,
      skipped: rows.skipped,
      raced: rows.raced,
      quarantined: rows.quarantined,
    },
    young: table.young,
    fraction: table.fraction,
    lastError: table.lastError ?? null,
  };
}
