import type { CellWrite, ConditionalCell, TableShape } from "@cassandra-rekey/core";
import { asBuffer } from "./as-buffer.ts";
import { cellTarget, compareAndSetCql, quoteIdentifier } from "./cql-text.ts";
import { collectionOf, int } from "./frozen-value.ts";

/** A statement with its parameters, as raw bytes. */
export interface BoundStatement {
  readonly query: string;
  readonly params: readonly unknown[];
}

/** A piece of a statement with its parameters. */
interface Piece {
  readonly text: string;
  readonly params: readonly Buffer[];
}

/** The server compares each assignment of a statement with all before it: 4,000 elements of a list took it 10 s. */
const MOST_CELLS = 200;

/** Cells in parts that one statement may set. */
export function statementParts<Cell>(cells: readonly Cell[]): readonly (readonly Cell[])[] {
  if (cells.length <= MOST_CELLS) return [cells];
  return Array.from({ length: Math.ceil(cells.length / MOST_CELLS) }, (_, part) =>
    cells.slice(part * MOST_CELLS, (part + 1) * MOST_CELLS),
  );
}

/**
 * One lightweight transaction over cells of one row: a statement for each TTL, or several. All conditions hold before
 * anything is written, or nothing is; positions in a list are those of the list that the conditions were checked on.
 */
export function conditionalStatements(
  table: TableShape,
  key: readonly Uint8Array[],
  cells: readonly ConditionalCell[],
): readonly BoundStatement[] {
  const parts = [...Map.groupBy(cells, ({ ttl }) => ttl).values()].flatMap((same) => statementParts(same));
  return parts.map((same, index) => {
    const { ttl } = same[0]!;
    const assignments = assignmentsOf(same);
    // A condition of any statement is one of all: a list or set is compared once.
    const conditions = [...ownConditions(same), ...(index === 0 ? wholeConditions(cells) : [])];
    return {
      query: compareAndSetCql(
        table,
        assignments.map(({ text }) => text),
        conditions.map(({ text }) => text),
      ),
      params: [
        ttl,
        ...assignments.flatMap(({ params }) => params),
        ...key.map(asBuffer),
        ...conditions.flatMap(({ params }) => params),
      ],
    };
  });
}

/** Approximate size of such a transaction on the wire. */
export function conditionalBytes(key: readonly Uint8Array[], cells: readonly ConditionalCell[]): number {
  const parts = [...key, ...cells.map(({ value }) => value), ...expectedParts(cells)];
  return parts.reduce((sum, part) => sum + part.length, 0);
}

/** Whether a cell is an element of a list or set: the whole collection is its condition. */
export function holdsWhole({ part }: Pick<CellWrite, "part">): boolean {
  return part !== undefined && ("position" in part || "element" in part);
}

/** The parameter that a cell's place in a statement begins with: a map key, or a position of a list. */
export function keyOf({ part }: Pick<CellWrite, "part">): readonly Buffer[] {
  if (part && "key" in part) return [asBuffer(part.key)];
  return part && "position" in part ? [int(part.position)] : [];
}

function assignmentsOf(cells: readonly ConditionalCell[]): readonly Piece[] {
  const swaps = Map.groupBy(cells.filter(isSwap), ({ column }) => column);
  const others = cells.filter((cell) => !isSwap(cell));
  return [
    ...others.map((cell) => ({
      text: `${cellTarget(cell)} = ?`,
      params: [...keyOf(cell), asBuffer(cell.value)],
    })),
    ...[...swaps].map(([column, same]) => {
      const name = quoteIdentifier(column);
      const fresh = collectionOf(same.map(({ value }) => value).toSorted(Buffer.compare));
      const old = collectionOf(same.map(({ part }) => part.element).toSorted(Buffer.compare));
      return { text: `${name} = ${name} + ?, ${name} = ${name} - ?`, params: [fresh, old] };
    }),
  ];
}

function ownConditions(cells: readonly ConditionalCell[]): readonly Piece[] {
  return cells
    .filter((cell) => !holdsWhole(cell))
    .map((cell) => ({ text: `${cellTarget(cell)} = ?`, params: [...keyOf(cell), asBuffer(cell.expected)] }));
}

function wholeConditions(cells: readonly ConditionalCell[]): readonly Piece[] {
  const whole = new Map(cells.filter(holdsWhole).map(({ column, expected }) => [column, asBuffer(expected)]));
  return [...whole].map(([column, expected]) => ({
    text: `${quoteIdentifier(column)} = ?`,
    params: [expected],
  }));
}

function isSwap(
  cell: ConditionalCell,
): cell is ConditionalCell & { readonly part: { readonly element: Uint8Array } } {
  return cell.part !== undefined && "element" in cell.part;
}

/** What conditions hold: of a list or set once, however many of its elements are written. */
function expectedParts(cells: readonly ConditionalCell[]): readonly Uint8Array[] {
  return [...ownConditions(cells), ...wholeConditions(cells)].flatMap(({ params }) => params);
}
