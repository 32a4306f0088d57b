import type { TableSchema } from "@cassandra-rekey/core";
import type { TableSettings } from "../config/settings.ts";

/** A table that can be read as configured. */
export interface ReadableTable {
  readonly settings: TableSettings;
  readonly schema: TableSchema;
}
