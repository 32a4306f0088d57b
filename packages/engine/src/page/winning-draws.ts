import type { Row, TableShape } from "@cassandra-rekey/core";
import { cellAt, cellId, freshCells, type Slot } from "./page-slots.ts";

/** Ciphertexts that are drawn for one cell at most: one, then two, four … 128. */
export const MOST_DRAWS = 255;

/** What is drawn for. */
export interface DrawScene {
  readonly table: TableShape;
  readonly rows: readonly Row[];
  /** Where the ciphertexts stand. */
  readonly slots: readonly Slot[];
  /** Seals what stands at these places of `slots`, each by itself, also when it is named twice. */
  readonly seal: (indexes: readonly number[]) => Promise<readonly Uint8Array[]>;
}

/** Ciphertexts with which cells win, and the cells for which none was drawn. */
export interface Drawn {
  /** Follow the slots. */
  readonly fresh: readonly Uint8Array[];
  readonly lost: readonly Slot[];
}

/** The slots of one cell, as places in {@link DrawScene.slots}. */
type CellSlots = readonly number[];

/**
 * Draws ciphertexts until every cell's new value is larger than its old one, byte by byte: at one timestamp the larger
 * value stays. Of several winners the smallest is taken, which leaves the most room for a write of the application at
 * that timestamp, and for the next rotation.
 */
export async function drawWinners(scene: DrawScene): Promise<Drawn> {
  const { slots, seal } = scene;
  const all = slots.map((_, index) => index);
  const fresh = [...(await seal(all))];
  const cells: readonly CellSlots[] = [...Map.groupBy(all, (index) => cellId(slots[index]!)).values()];
  let losing = cells.filter((cell) => !winningValue(scene, cell, at(fresh, cell)));
  for (let copies = 2; losing.length > 0 && copies < MOST_DRAWS; copies *= 2) {
    const still: CellSlots[] = [];
    for (const some of parts(losing, slots.length / copies)) {
      const draws = await seal(some.flatMap((cell) => Array.from({ length: copies }, () => cell).flat()));
      let next = 0;
      for (const cell of some) {
        const own = draws.slice(next, next + copies * cell.length);
        next += own.length;
        const best = smallestWinner(scene, cell, own);
        if (!best) still.push(cell);
        best?.forEach((ciphertext, place) => {
          fresh[cell[place]!] = ciphertext;
        });
      }
    }
    losing = still;
  }
  return { fresh, lost: losing.map(([first]) => slots[first!]!) };
}

function smallestWinner(
  scene: DrawScene,
  cell: CellSlots,
  draws: readonly Uint8Array[],
): readonly Uint8Array[] | undefined {
  let best: { readonly draw: readonly Uint8Array[]; readonly value: Uint8Array } | undefined;
  for (let from = 0; from < draws.length; from += cell.length) {
    const draw = draws.slice(from, from + cell.length);
    const value = winningValue(scene, cell, draw);
    if (value && (!best || Buffer.compare(value, best.value) < 0)) best = { draw, value };
  }
  return best?.draw;
}

/** The cell's new value if it is larger than the old one. */
function winningValue(
  { table, rows, slots }: DrawScene,
  cell: CellSlots,
  draw: readonly Uint8Array[],
): Uint8Array | undefined {
  const own = cell.map((index) => slots[index]!);
  const { cells } = freshCells(table, rows, own, draw);
  const before = cellAt(rows, own[0]!).value;
  return cells.map(({ value }) => value).find((value) => Buffer.compare(value, before) > 0);
}

function at(fresh: readonly Uint8Array[], cell: CellSlots): readonly Uint8Array[] {
  return cell.map((index) => fresh[index]!);
}

/** As many at a time as keep what is sealed as small as the page. */
function parts(cells: readonly CellSlots[], size: number): readonly (readonly CellSlots[])[] {
  const each = Math.max(1, Math.floor(size));
  return Array.from({ length: Math.ceil(cells.length / each) }, (_, part) =>
    cells.slice(part * each, (part + 1) * each),
  );
}
