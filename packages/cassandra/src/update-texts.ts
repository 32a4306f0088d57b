import type { CellWrite, TableShape } from "@cassandra-rekey/core";
import { cellTarget, updateCql } from "./cql-text.ts";

type Place = Pick<CellWrite, "column" | "part">;

/** The texts of a table's updates, each made once: one object to prepare by for all rows of which the same is written. */
export class UpdateTexts {
  readonly #table: TableShape;
  readonly #texts = new Map<string, string>();
  /** What the last row was about: the next one mostly is, too. */
  #last: { readonly places: readonly Place[]; readonly text: string } | undefined;

  constructor(table: TableShape) {
    this.#table = table;
  }

  /** {@link updateCql} for these cells. */
  of(cells: readonly Place[]): string {
    if (this.#last && arePlacesSame(this.#last.places, cells)) return this.#last.text;
    const targets = cells.map(cellTarget);
    const id = targets.join("\0");
    const text = this.#texts.get(id) ?? updateCql(this.#table, targets);
    this.#texts.set(id, text);
    this.#last = { places: cells.map(({ column, part }) => (part ? { column, part } : { column })), text };
    return text;
  }
}

function arePlacesSame(some: readonly Place[], others: readonly Place[]): boolean {
  return some.length === others.length && some.every((place, index) => isSame(place, others[index]!));
}

/** A map key is a parameter, and a position of a list is: all of them are one place. */
function isSame(one: Place, other: Place): boolean {
  if (one.column !== other.column) return false;
  if (!one.part || !other.part) return one.part === other.part;
  if ("field" in one.part) return "field" in other.part && one.part.field === other.part.field;
  return "key" in other.part || "position" in other.part;
}
