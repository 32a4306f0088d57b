import type { CellColumn, KeyColumn, TableSchema } from "@cassandra-rekey/core";
import { type CqlType, parseCqlType } from "./cql-type.ts";
import { fieldPath, parseLeafPath, pathText } from "./leaf-path.ts";
import { leafTree } from "./leaf-tree.ts";

/** The paths to ciphertext inside columns' values, by column. */
export type LeafPaths = Readonly<Record<string, readonly string[]>>;

/** How a column is read and written, as one cell or as several; or why it is not, and the way out. */
export type CellColumnsResult =
  | { readonly columns: readonly CellColumn[] }
  | { readonly problem: string; readonly next: string };

/** `WRITETIME` and `TTL` of what is inside a value that is not frozen: refused before. */
const TIMED_SINCE = 5;
const TEXT_TYPES = new Set(["text", "ascii", "varchar"]);

/** How a column of this type holds ciphertext, or `undefined` when it cannot. */
export function formOf(type: string): CellColumn["form"] | undefined {
  if (type === "blob") return "binary";
  return TEXT_TYPES.has(type) ? "text" : undefined;
}

/** The cells of a column with ciphertext in them: in the places named by `paths`, or wherever it may be. */
export function cellColumns(
  { name, type }: KeyColumn,
  { types = [], majorVersion = 4 }: Pick<TableSchema, "types" | "majorVersion">,
  paths?: readonly string[],
): CellColumnsResult {
  const form = formOf(type);
  if (form && !paths) return { columns: [{ name, type, form }] };
  if (form)
    return {
      problem: `is of type ${type}, which has nothing inside`,
      next: "Name the column without a path.",
    };
  const parsed = parseCqlType(type, types);
  if (parsed.kind === "opaque") {
    return {
      problem: `is of type ${type}, which cannot hold ciphertext`,
      next: "Encrypted columns are blob, text, ascii or varchar, or have those inside.",
    };
  }
  const tree = leafTree(parsed, paths);
  if ("problem" in tree)
    return { ...tree, next: "Correct the path in encrypted_columns, or leave the column out." };
  if (parsed.isFrozen) return { columns: [{ name, type, form: "binary", leaves: tree.tree }] };
  const columns =
    parsed.kind === "fields" ? fields(name, parsed, paths) : [elements(name, type, parsed, paths)];
  const isTimed = majorVersion >= TIMED_SINCE;
  return { columns: isTimed ? columns : columns.map((column) => ({ ...column, untimed: true })) };
}

const PARTS = { map: "map-values", list: "list-elements", set: "set-elements" } as const;

function elements(
  name: string,
  type: string,
  collection: Extract<CqlType, { kind: keyof typeof PARTS }>,
  paths: readonly string[] | undefined,
): CellColumn {
  const part = PARTS[collection.kind];
  const form = collection.of.kind === "opaque" ? formOf(collection.of.name) : undefined;
  if (form) return { name, type, form, part };
  const tree = leafTree(collection.of, insideOf(paths, "[*]"));
  return { name, type, form: "binary", part, ...("tree" in tree && { leaves: tree.tree }) };
}

function fields(
  name: string,
  udt: Extract<CqlType, { kind: "fields" }>,
  paths: readonly string[] | undefined,
): readonly CellColumn[] {
  return udt.fields.flatMap((field, index): readonly CellColumn[] => {
    const part = { field: field.name! };
    const start = fieldPath("", field, index);
    const own = insideOf(paths, start);
    if (paths && !own && !paths.some((path) => pathText(parseLeafPath(path)!) === start)) return [];
    if (field.type.kind === "opaque") {
      const form = formOf(field.type.name);
      return form ? [{ name, type: field.type.name, form, part }] : [];
    }
    const tree = leafTree(field.type, own);
    return "tree" in tree
      ? [{ name, type: `frozen ${field.type.kind}`, form: "binary", part, leaves: tree.tree }]
      : [];
  });
}

/** What is left of the paths that lead through a place; `undefined` for all of it. */
function insideOf(paths: readonly string[] | undefined, start: string): readonly string[] | undefined {
  const inside = (paths ?? [])
    .map((path) => parseLeafPath(path)!)
    .flatMap(([first, ...rest]) => {
      return first !== undefined && pathText([first]) === start && rest.length > 0 ? [pathText(rest)] : [];
    });
  return inside.length > 0 ? inside : undefined;
}
