import type { CensusLine } from "@cassandra-rekey/engine";
import { writetimeToJson } from "./writetime-json.ts";

/** One line of `census`. */
export interface CensusJson {
  readonly keyspace: string;
  readonly table: string;
  /** The one node that was read, in a verification per replica. */
  readonly replica?: string;
  readonly column: string;
  readonly keyVersion: string;
  readonly cells: number;
  /** Microseconds since the epoch; `"-9223372036854775808"` where the server does not tell. */
  readonly newestWritetime: number | string;
}

/** A census as scripts may rely on it. */
export function censusToJson(census: readonly CensusLine[]): readonly CensusJson[] {
  return census.map(({ keyspace, table, replica, column, keyVersion, cells, newestWritetime }) => ({
    keyspace,
    table,
    ...(replica !== undefined && { replica }),
    column,
    keyVersion,
    cells,
    newestWritetime: writetimeToJson(newestWritetime),
  }));
}
