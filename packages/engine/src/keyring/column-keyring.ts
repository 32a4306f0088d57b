import {
  DEFAULT_KEYRING,
  type KeyringSettings,
  type Settings,
  type TableSettings,
} from "../config/settings.ts";
import { keyLabel } from "./key-label.ts";

type Named = Pick<TableSettings, "keyring" | "columnKeyrings">;

/** The name of a column's keyring: its own, or else its table's. */
export function keyringOf(table: Named, column: string): string {
  return table.columnKeyrings?.get(column) ?? tableKeyring(table);
}

/** The name of the keyring of a table's columns that name none; the one that its label column is about. */
export function tableKeyring({ keyring }: Named): string {
  return keyring ?? DEFAULT_KEYRING;
}

/** The keyrings of tables, by name, each once. */
export function keyringsOf(tables: readonly TableSettings[]): readonly string[] {
  const names = tables.flatMap((table) => table.encryptedColumns.map((column) => keyringOf(table, column)));
  return [...new Set(names)];
}

/** All keyrings of a configuration by name, the default one first. */
export function allKeyrings({
  keys,
  keyrings,
}: Pick<Settings, "keys" | "keyrings">): ReadonlyMap<string, KeyringSettings> {
  return new Map([[DEFAULT_KEYRING, keys], ...(keyrings ?? [])]);
}

/** Whether a line of a census is about cells under the key that they should be under. */
export type IsTarget = (line: CensusPlace & { readonly keyVersion: string }) => boolean;

/** {@link IsTarget} by the keyrings of these settings. */
export function targetTest(settings: TargetSettings): IsTarget {
  return (line) => line.keyVersion === targetVersionAt(settings, line);
}

/** The labels of the keys that a job's cells should be under, for people. */
export function targetText(settings: TargetSettings, tables: readonly TableSettings[]): string {
  const all = allKeyrings(settings);
  const names = keyringsOf(tables);
  return names.map((name) => keyLabel((all.get(name) ?? settings.keys).target.version, name)).join(", ");
}

type TargetSettings = Pick<Settings, "keys" | "keyrings" | "tables" | "cluster">;

/** Where a cell stands, as a census has it. */
interface CensusPlace {
  readonly keyspace?: string | undefined;
  readonly table: string;
  readonly column: string;
}

function targetVersionAt(settings: TargetSettings, { keyspace, table, column }: CensusPlace): string {
  const place = keyspace || settings.cluster.keyspace;
  const found = settings.tables.find((one) => one.name === table && one.keyspace === place);
  const name = found ? keyringOf(found, column) : DEFAULT_KEYRING;
  return (allKeyrings(settings).get(name) ?? settings.keys).target.version;
}
