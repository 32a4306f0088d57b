import type { Cell, Row, TableShape } from "@cassandra-rekey/core";
import { type Deletion, isLive, isPurgeable, reconcile, type StoredCell } from "./stored-cell.ts";
import type { StoredChange } from "./stored-change.ts";

/** One row as a replica keeps it: its cells, its marker (what INSERT leaves and UPDATE does not) and its deletion. */
export class StoredRow {
  readonly token: bigint;
  readonly key: readonly Uint8Array[];
  readonly #cells = new Map<string, StoredCell>();
  #deletion: Deletion | undefined;

  constructor(token: bigint, key: readonly Uint8Array[]) {
    this.token = token;
    this.key = key;
  }

  /** Merges a cell in, unless a deletion covers it. */
  write(column: string, cell: StoredCell): void {
    if (this.#deletion && cell.timestamp <= this.#deletion.timestamp) return;
    const before = this.#cells.get(column);
    this.#cells.set(column, before ? reconcile(before, cell) : cell);
  }

  delete(deletion: Deletion): void {
    if (this.#deletion && this.#deletion.timestamp >= deletion.timestamp) return;
    this.#deletion = deletion;
    for (const [column, cell] of this.#cells) {
      if (cell.timestamp <= deletion.timestamp) this.#cells.delete(column);
    }
  }

  /** All that is known of the row, as one change: applied elsewhere it leaves there what either knew. */
  contents(): StoredChange {
    return {
      key: this.key,
      cells: [...this.#cells],
      ...(this.#deletion && { deletion: this.#deletion }),
    };
  }

  /** Takes in what another replica knows of the row. */
  merge({ cells, deletion }: StoredChange): void {
    if (deletion) this.delete(deletion);
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
  live(column: string, nowSeconds: number): Exclude<StoredCell, { kind: "tombstone" }> | undefined {
    const cell = this.#cells.get(column);
    return cell && isLive(cell, nowSeconds) ? cell : undefined;
  }

  /** Whether a read returns the row at all: its marker or any of its cells is live. */
  exists(nowSeconds: number): boolean {
    return this.#cells.values().some((cell) => isLive(cell, nowSeconds));
  }

  /** The row as a read sees it. */
  read({ columns, label }: TableShape, nowSeconds: number): Row {
    const cell = (column: string): Cell | undefined => {
      const live = this.live(column, nowSeconds);
      if (!live) return undefined;
      const ttl = live.kind === "expiring" ? live.expiresAt - nowSeconds : undefined;
      return { value: Uint8Array.from(live.value), writetime: live.timestamp, ttl };
    };
    const cells = columns.map((column) => cell(column.name));
    return { token: this.token, key: this.key, cells, label: label && cell(label.name) };
  }

  /** Whether nothing is left, not even a deletion. */
  get isEmpty(): boolean {
    return this.#cells.size === 0 && !this.#deletion;
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
    return purged;
  }
}
