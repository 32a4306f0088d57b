import { type Deletion, isLive, isPurgeable, reconcile, type StoredCell } from "./stored-cell.ts";

/** The name under which a row marker is kept: no column has it. */
const MARKER = "";

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

  mark(timestamp: bigint, expiry: { readonly ttl: number; readonly expiresAt: number } | undefined): void {
    const value = new Uint8Array();
    this.write(
      MARKER,
      expiry ? { kind: "expiring", value, timestamp, ...expiry } : { kind: "live", value, timestamp },
    );
  }

  delete(deletion: Deletion): void {
    if (this.#deletion && this.#deletion.timestamp >= deletion.timestamp) return;
    this.#deletion = deletion;
    for (const [column, cell] of this.#cells) {
      if (cell.timestamp <= deletion.timestamp) this.#cells.delete(column);
    }
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

  /** Forgets what a compaction may forget; tells whether nothing is left. */
  purge(gcGraceSeconds: number, nowSeconds: number): boolean {
    for (const [column, cell] of this.#cells) {
      if (isPurgeable(cell, gcGraceSeconds, nowSeconds)) this.#cells.delete(column);
    }
    if (this.#deletion && this.#deletion.deletedAt + gcGraceSeconds < nowSeconds) this.#deletion = undefined;
    return this.#cells.size === 0 && !this.#deletion;
  }
}
