import { plainText } from "../terminal/plain-text.ts";

/** `keyspace.table`, or the table alone where the keyspace was not recorded. */
export function tableName(table: { readonly keyspace: string | undefined; readonly name: string }): string {
  return plainText(table.keyspace === undefined ? table.name : `${table.keyspace}.${table.name}`);
}
