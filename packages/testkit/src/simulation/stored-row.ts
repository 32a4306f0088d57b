import type { Cell, Row, TableShape } from "@cassandra-rekey/core";
import { columnOf, elementsOf } from "./cell-place.ts";
import {
  type Deletion,
  isLive,
  isPurgeable,
  type LiveCell,
  reconcile,
  type StoredCell,
} from "./stored-cell.ts";
import type { StoredChange } from "./stored-change.ts";

/** One row as a replica keeps it: its cells, its marker (what INSERT leaves and UPDATE does not) and its deletion. */
export class StoredRow {
  readonly token: bigint;
  readonly key: readonly Uint8Array[];
  readonly #cells = new Map<string, StoredCell>();
  /** When columns that are not frozen were last written as a whole. */
  readonly #overwritten = new Map<string, Deletion>();
  #deletion: Deletion | undefined;

  constructor(token: bigint, key: readonly Uint8Array[]) {
    this.token = token;
    this.key = key;
  }

  /** Merges a cell in, unless a deletion covers it. */
  write(place: string, cell: StoredCell): void {
    if (this.#deletion && cell.timestamp <= this.#deletion.timestamp) return;
    const overwritten = this.#overwritten.size > 0 ? this.#overwritten.get(columnOf(place)) : undefined;
    if (overwritten && cell.timestamp <= overwritten.timestamp) return;
    const before = this.#cells.get(place);
    this.#cells.set(place, before ? reconcile(before, cell) : cell);
  }

  /** A column that is not frozen is written as a whole: no part of it from before is left. */
  overwrite(column: string, deletion: Deletion): void {
    if (this.#deletion && deletion.timestamp <= this.#deletion.timestamp) return;
    const known = this.#overwritten.get(column);
    if (known && known.timestamp >= deletion.timestamp) return;
    this.#overwritten.set(column, deletion);
    for (const [place, cell] of this.#cells) {
      if (columnOf(place) === column && cell.timestamp <= deletion.timestamp) this.#cells.delete(place);
    }
  }

  delete(deletion: Deletion): void {
    if (this.#deletion && this.#deletion.timestamp >= deletion.timestamp) return;
    this.#deletion = deletion;
    for (const [column, cell] of this.#cells) {
      if (cell.timestamp <= deletion.timestamp) this.#cells.delete(column);
    }
    for (const [column, { timestamp }] of this.#overwritten) {
      if (timestamp <= deletion.timestamp) this.#overwritten.delete(column);
    }
  }

  /** All that is known of the row, as one change: applied elsewhere it leaves there what either knew. */
  contents(): StoredChange {
    return {
      key: this.key,
      cells: [...this.#cells],
      ...(this.#deletion && { deletion: this.#deletion }),
      ...(this.#overwritten.size > 0 && { overwritten: [...this.#overwritten] }),
    };
  }

  /** Takes in what another replica knows of the row. */
  merge({ cells, deletion, overwritten = [] }: StoredChange): void {
    if (deletion) this.delete(deletion);
    for (const [column, from] of overwritten) this.overwrite(column, from);
    for (const [column, cell] of cells) this.write(column, cell);
  }

  copy(): StoredRow {
    const copy = new StoredRow(this.token, this.key);
    copy.merge(this.contents());
    return copy;
  }

  /** What is kept of a column, tombstones included. */
  stored(column: string): StoredCell | undefined {
    return this.#cells.get(column);
  }

  /** What a read sees of a column. */
  live(column: string, nowSeconds: number): LiveCell | undefined {
    const cell = this.#cells.get(column);
    return cell && isLive(cell, nowSeconds) ? cell : undefined;
  }

  /** Whether a read returns the row at all: its marker or any of its cells is live. */
  exists(nowSeconds: number): boolean {
    return this.#cells.values().some((cell) => isLive(cell, nowSeconds));
  }

  /** The row as a read sees it. */
  read(shape: TableShape, nowSeconds: number): Row {
    const { columns, label } = shape;
    const asRead = (live: LiveCell): Cell => ({
      value: Uint8Array.from(live.value),
      writetime: live.timestamp,
      ttl: live.kind === "expiring" ? live.expiresAt - nowSeconds : undefined,
    });
    const cell = (place: string): Cell | undefined => {
      const live = this.live(place, nowSeconds);
      return live && asRead(live);
    };
    const cells = columns.map(({ name, part }) =>
      cell(typeof part === "object" ? `${name}.${part.field}` : name),
    );
    const hasMaps = columns.some(({ part }) => part === "map-values");
    return {
      token: this.token,
      key: this.key,
      cells,
      ...(hasMaps && { elements: elementsOf(shape, this.#cells, nowSeconds, asRead) }),
      label: label && cell(label.name),
    };
  }

  /** Whether nothing is left, not even a deletion. */
  get isEmpty(): boolean {
    return this.#cells.size === 0 && this.#overwritten.size === 0 && !this.#deletion;
  }

  /** Forgets what a compaction may forget; tells how many tombstones and expired cells that were. */
  purge(gcGraceSeconds: number, nowSeconds: number): number {
    let purged = 0;
    for (const [column, cell] of this.#cells) {
      if (!isPurgeable(cell, gcGraceSeconds, nowSeconds)) continue;
      this.#cells.delete(column);
      purged += 1;
    }
    if (this.#deletion && this.#deletion.deletedAt + gcGraceSeconds < nowSeconds) {
      this.#deletion = undefined;
      purged += 1;
    }
    for (const [column, { deletedAt }] of this.#overwritten) {
      if (deletedAt + gcGraceSeconds >= nowSeconds) continue;
      this.#overwritten.delete(column);
      purged += 1;
    }
    return purged;
  }
}
