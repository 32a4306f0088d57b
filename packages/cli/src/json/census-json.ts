import type { CensusLine } from "@cassandra-rekey/engine";
import { writetimeToJson } from "./writetime-json.ts";

/** One line of `census`. */
export interface CensusJson {
  readonly keyspace: string;
  readonly table: string;
  readonly column: string;
  readonly keyVersion: string;
  readonly cells: number;
  /** Microseconds since the epoch. */
  readonly newestWritetime: number | string;
}

/** A census as scripts may rely on it. */
export function censusToJson(census: readonly CensusLine[]): readonly CensusJson[] {
  return census.map(({ keyspace, table, column, keyVersion, cells, newestWritetime }) => ({
    keyspace,
    table,
    column,
    keyVersion,
    cells,
    newestWritetime: writetimeToJson(newestWritetime),
  }));
}
