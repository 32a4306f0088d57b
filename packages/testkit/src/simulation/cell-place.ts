import { type CellWrite, type ElementCell, RekeyError, type TableShape } from "@cassandra-rekey/core";
import { compareBytes, isLive, type LiveCell, type StoredCell } from "./stored-cell.ts";

/** Where a cell is kept: under its column, or as a part of it: `notes[6b]` for a map's key, `address.street` for a field. */
export function placeOf({ column, part }: Pick<CellWrite, "column" | "part">): string {
  if (!part) return column;
  if ("field" in part) return `${column}.${part.field}`;
  if ("key" in part) return `${column}[${Buffer.from(part.key).toString("hex")}]`;
  throw new RekeyError("INTERNAL.INVARIANT", "elements of lists and sets are not simulated");
}

/** The column of a place. */
export function columnOf(place: string): string {
  return /^[^.[]*/.exec(place)![0];
}

/** The live values of a row's maps, by column and in the order of their keys. */
export function elementsOf(
  { columns }: TableShape,
  cells: ReadonlyMap<string, StoredCell>,
  nowSeconds: number,
  read: (cell: LiveCell) => Omit<ElementCell, "column" | "key">,
): readonly ElementCell[] {
  return columns.flatMap(({ name, part }, column) => {
    if (part !== "map-values") return [];
    const found: ElementCell[] = [];
    for (const [place, cell] of cells) {
      if (!place.startsWith(`${name}[`) || !isLive(cell, nowSeconds)) continue;
      found.push({ column, key: Buffer.from(place.slice(name.length + 1, -1), "hex"), ...read(cell) });
    }
    return found.sort((a, b) => compareBytes(a.key, b.key));
  });
}
