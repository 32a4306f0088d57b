import type { ScanKind } from "@cassandra-rekey/core";
import { plainText } from "../terminal/plain-text.ts";

/** `keyspace.table`, or the table alone where the keyspace was not recorded; says so of a pass over static columns, or over one replica. */
export function tableName(table: {
  readonly keyspace: string | undefined;
  readonly name: string;
  readonly scan?: ScanKind;
  readonly replica?: string;
}): string {
  const name = plainText(table.keyspace === undefined ? table.name : `${table.keyspace}.${table.name}`);
  const scan = table.scan === "partitions" ? " (static)" : "";
  return `${name}${scan}${table.replica === undefined ? "" : ` on ${plainText(table.replica)}`}`;
}
