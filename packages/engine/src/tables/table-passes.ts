import { formOf, type LeafPaths, shapeOf } from "@cassandra-rekey/cassandra";
import type { ScanKind, TableSchema, TableShape } from "@cassandra-rekey/core";
import { DEFAULT_KEYRING, type TableSettings } from "../config/settings.ts";
import { keyringOf } from "../keyring/column-keyring.ts";

/** One pass over a table: over its rows for regular columns, over its partitions for static ones. */
export interface TablePass {
  readonly scan: ScanKind;
  /** The encrypted columns of the pass, in configuration order. */
  readonly columns: readonly string[];
  /** The key version label, where the table has one that belongs to what the pass goes over. */
  readonly label?: string;
  /** Where ciphertext is inside frozen values; see {@link TableSettings.leafPaths}. */
  readonly paths?: LeafPaths;
}

/**
 * The passes that a table needs. A static cell repeats on every row of its partition: rewritten row by row it would be
 * written a million times in a large partition, and never in a partition without rows.
 */
export function tablePasses(settings: TableSettings, schema: TableSchema): readonly TablePass[] {
  const passes = (["rows", "partitions"] as const).map((scan) => tablePass(settings, schema, scan));
  return passes.filter((pass) => pass.columns.length > 0);
}

/** One of the passes of a table; without columns where it has none to go over. */
export function tablePass(settings: TableSettings, schema: TableSchema, scan: ScanKind): TablePass {
  const kind = scan === "partitions" ? "static" : "regular";
  const kindOf = (name: string) => schema.columns.find((column) => column.name === name)?.kind;
  const columns = settings.encryptedColumns.filter(
    (name) => (kindOf(name) === "static") === (kind === "static"),
  );
  const label = schema.columns.find((column) => column.name === settings.keyVersionColumn);
  const hasLabel = label?.kind === kind && formOf(label.type) === "text";
  return {
    scan,
    columns,
    ...(hasLabel && { label: label.name }),
    ...(settings.leafPaths && { paths: settings.leafPaths }),
  };
}

/** The columns that a pass touches: the encrypted ones and, where there is one, the label. */
export function touchedColumns({ columns, label }: TablePass): readonly string[] {
  return label === undefined ? columns : [...columns, label];
}

/** The shape in which a pass reads and writes its table. */
export function passShape(pass: TablePass, schema: TableSchema): TableShape {
  return shapeOf(schema, pass);
}

/** Columns with the places inside and the keyrings that are configured, as a job remembers them. */
export function columnTexts(settings: TableSettings, columns: readonly string[]): readonly string[] {
  return columns.flatMap((name) => {
    const keyring = keyringOf(settings, name);
    const under = keyring === DEFAULT_KEYRING ? "" : ` (keyring ${keyring})`;
    const places = settings.leafPaths?.[name]?.map((path) => `${name} ${path}`) ?? [name];
    return places.map((place) => `${place}${under}`);
  });
}
