import { holdsWhole } from "@cassandra-rekey/cassandra";
import {
  type Cell,
  type ClearCell,
  type QuarantineEntry,
  type Row,
  type SealedCell,
  UNKNOWN_VERSION,
} from "@cassandra-rekey/core";
import type { Classified } from "../keyring/keyring.ts";
import { expirySecond, MAX_WRITETIME, type PendingCell, youngTest } from "../writer/fence.ts";
import { Census } from "./census.ts";
import type { ColumnKeys } from "./column-keys.ts";
import {
  cellAt,
  cellId,
  expectedAt,
  freshCells,
  partAt,
  type Slot,
  tooLongLists,
  type UnreadableCell,
} from "./page-slots.ts";
import type { PageTask, PageWork, RowWrite } from "./page-work.ts";
import { rowWrite } from "./row-write.ts";
import { MOST_DRAWS } from "./winning-draws.ts";

/** Set aside where ties cannot be won. */
const NO_WINNER = `none of ${MOST_DRAWS} ciphertexts is larger than the one that is there, as it must be to take its place at the same timestamp`;
const TOO_LONG =
  "its list has more than 1,000 elements, which the server could set one by one only very slowly";
const LABEL_STAYS =
  "the label of its row is larger than the target's, so that it would stay at the same timestamp";

/**
 * Decides for each cell of one page what becomes of it: first each is sorted by what the keys say, then those that are to
 * be sealed anew are sealed, then the page is finished with what came of that.
 */
export class PageSorter {
  /** What is to be sealed anew. */
  readonly clear: ClearCell[] = [];
  /** Follow `clear`. */
  readonly clearSlots: Slot[] = [];
  readonly #census = new Census();
  readonly #quarantine: QuarantineEntry[] = [];
  readonly #quarantinedRows = new Set<number>();
  /** Cells that are set aside or young, by {@link cellId}: each counts once, whatever its leaves. */
  readonly #setAsideCells = new Set<string>();
  readonly #youngCells = new Set<string>();
  readonly #lost = new Set<string>();
  readonly #tooLong: ReadonlySet<string>;
  /** Rows whose label must stay: a cell that it speaks of stays under another key. */
  readonly #unfinishedRows = new Set<number>();
  readonly #task: PageTask;
  readonly #rows: readonly Row[];
  readonly #serverMs: number;
  readonly #keys: ColumnKeys;
  readonly #isYoung: (writetime: bigint) => boolean;
  #opened = 0;
  #young = 0;
  #isUnproven = false;

  constructor(task: PageTask, rows: readonly Row[], serverMs: number, keys: ColumnKeys) {
    this.#task = task;
    this.#rows = rows;
    this.#tooLong = tooLongLists(task.table, rows);
    this.#serverMs = serverMs;
    this.#keys = keys;
    // A lightweight transaction is stamped with the server's time: over a cell dated ahead it would change nothing.
    this.#isYoung = youngTest(serverMs, task.settleMs, task.writeMode === "lwt" ? 0 : task.visit);
  }

  /** Takes a cell, or a leaf of one, that the keys have looked at. */
  sort(slot: Slot, sealed: SealedCell, result: Classified): void {
    const { writetime } = cellAt(this.#rows, slot);
    const { column } = sealed.context;
    if (result.under === "unknown") {
      this.#census.add(column, UNKNOWN_VERSION, writetime);
      const what = slot.leaf === undefined ? "it" : `${slot.place} in it`;
      this.#setAside(slot, `no key opens ${what} (${result.reason})`);
      return;
    }
    this.#opened += 1;
    this.#census.add(column, result.version, writetime);
    if (result.under === "target" || this.#task.kind === "verify") return;
    const obstacle = this.#placeObstacle(slot, column) ?? this.#obstacle(writetime);
    if (obstacle) {
      this.#setAside(slot, obstacle);
    } else if (this.#isYoung(writetime)) {
      this.#youngCells.add(cellId(slot));
      this.#keepLabel(slot);
    } else {
      this.#isUnproven ||= !result.proven;
      this.clear.push({ plaintext: result.plaintext, form: sealed.form, context: sealed.context });
      this.clearSlots.push(slot);
    }
  }

  /** Takes a cell whose leaves could not even be told apart. */
  setUnreadable({ slot, reason }: UnreadableCell): void {
    const { writetime } = cellAt(this.#rows, slot);
    this.#census.add(slot.place, UNKNOWN_VERSION, writetime);
    this.#setAside(slot, reason);
  }

  /** Cells for which no ciphertext was drawn that wins stay as they are. */
  giveUp(slots: readonly Slot[]): void {
    for (const slot of slots) {
      this.#lost.add(cellId(slot));
      this.#setAside(slot, NO_WINNER);
    }
  }

  /** The page's writes. `cells`: how many there were; `fresh`: what became of {@link clear}, in its order. */
  finish(cells: number, fresh: readonly Uint8Array[]): PageWork {
    /** By row. */
    const pending = this.#rows.map((): PendingCell[] | undefined => undefined);
    const { table } = this.#task;
    const sealed = freshCells(table, this.#rows, this.clearSlots, fresh);
    for (const { slot, reason } of sealed.unreadable) this.#setAside(slot, reason);
    // All elements of one list or set expect the same: that it is still what was read.
    const expectations = new Map<string, Uint8Array>();
    for (const { slot, value } of sealed.cells) {
      if (this.#lost.size > 0 && this.#lost.has(cellId(slot))) continue;
      const { name } = table.columns[slot.column]!;
      const cell = this.#pendingCell(name, cellAt(this.#rows, slot), value);
      const part = partAt(table, this.#rows, slot);
      pending[slot.row] ??= [];
      const row = pending[slot.row]!;
      if (!part) row.push(cell);
      else if (!holdsWhole({ part })) row.push({ ...cell, part });
      else {
        const id = `${slot.row}/${slot.column}`;
        const expected = expectations.get(id) ?? expectedAt(table, this.#rows, slot);
        expectations.set(id, expected);
        row.push({ ...cell, expected, part });
      }
    }
    const rekeyed = pending.map((row) => row !== undefined);
    if (this.#task.kind !== "verify") this.#addLabels(pending);
    const writes: RowWrite[] = [];
    pending.forEach((row, index) => {
      if (row) writes.push(rowWrite(this.#rows[index]!, row, rekeyed[index]!));
    });
    return {
      writes,
      ...(this.#isUnproven && { isUnproven: true }),
      scanned: this.#rows.length,
      quarantinedRows: this.#quarantinedRows.size,
      quarantine: this.#quarantine,
      cells,
      opened: this.#opened,
      young: this.#young + this.#youngCells.size,
      census: this.#census.entries(),
    };
  }

  /** A label is a cell like any other: updated only where there is one, and only when its whole row is done. */
  #addLabels(pending: (PendingCell[] | undefined)[]): void {
    if (!this.#task.table.label) return;
    const { name } = this.#task.table.label;
    const target = Buffer.from(this.#keys.labelVersion);
    const labelled = this.#task.table.columns.map((column) => this.#keys.isLabelled(column.name));
    this.#rows.forEach((row, index) => {
      const label = row.label;
      if (!label || this.#unfinishedRows.has(index) || target.equals(label.value)) return;
      if (this.#isLargerLabel(label)) return;
      const isEmpty =
        row.cells.every((cell, column) => cell === undefined || !labelled[column]) &&
        !(row.elements ?? []).some(({ column }) => labelled[column]);
      if (isEmpty || this.#obstacle(label.writetime)) return;
      if (this.#isYoung(label.writetime)) {
        this.#young += 1;
        return;
      }
      pending[index] ??= [];
      pending[index].push(this.#pendingCell(name, label, target));
    });
  }

  #placeObstacle(slot: Slot, column: string): string | undefined {
    if (this.#tooLong.size > 0 && this.#tooLong.has(`${slot.row}/${slot.column}`)) return TOO_LONG;
    return this.#task.writeMode === "same-timestamp" && this.#labelStays(slot, column)
      ? LABEL_STAYS
      : undefined;
  }

  /** Ciphertext and label of a row are for the same key: where the label would stay, the ciphertext does. */
  #labelStays({ row }: Slot, column: string): boolean {
    const { label } = this.#rows[row]!;
    return label !== undefined && this.#keys.isLabelled(column) && this.#isLargerLabel(label);
  }

  #isLargerLabel({ value }: Cell): boolean {
    if (this.#task.writeMode !== "same-timestamp") return false;
    return Buffer.compare(value, Buffer.from(this.#keys.labelVersion)) > 0;
  }

  #obstacle(writetime: bigint): string | undefined {
    if (writetime === MAX_WRITETIME && this.#task.writeMode !== "same-timestamp")
      return "its writetime is the largest there is, so no write can be newer";
    if (this.#task.writeMode === "lwt" && writetime > BigInt(Math.floor(this.#serverMs) + 60_000) * 1000n) {
      return "it is dated in the future, which a lightweight transaction cannot overwrite";
    }
    return undefined;
  }

  #setAside(slot: Slot, reason: string): void {
    this.#quarantinedRows.add(slot.row);
    this.#keepLabel(slot);
    const list = `${slot.row}/${slot.column}`;
    // Thousands of elements are one list.
    const id = this.#tooLong.has(list) ? list : cellId(slot);
    if (this.#setAsideCells.has(id)) return;
    this.#setAsideCells.add(id);
    const { key } = this.#rows[slot.row]!;
    const column = this.#task.table.columns[slot.column]!.name;
    const { writetime } = cellAt(this.#rows, slot);
    this.#quarantine.push({ table: this.#task.tableId, column, key, reason, writetime });
  }

  #keepLabel({ row, column }: Slot): void {
    if (this.#keys.isLabelled(this.#task.table.columns[column]!.name)) this.#unfinishedRows.add(row);
  }

  #pendingCell(column: string, cell: NonNullable<Row["cells"][number]>, value: Uint8Array): PendingCell {
    return {
      column,
      value,
      expected: cell.value,
      writetime: cell.writetime,
      expiresAt: expirySecond(cell, this.#serverMs),
    };
  }
}
