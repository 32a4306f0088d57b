import type { EncryptionKey, Refusal, SealedCell } from "@cassandra-rekey/core";

/** A cell that a key opens. */
export interface OpenedCell {
  readonly under: "target" | "previous";
  readonly version: string;
  /** Whether the key authenticates what it opens. */
  readonly proven: boolean;
  readonly plaintext: Uint8Array;
}

/** What the keyring made of one cell. */
export type Classified = OpenedCell | { readonly under: "unknown"; readonly reason: string };

/** A batch of cells while one key after the other is tried on it. */
export class Trial {
  readonly cells: readonly SealedCell[];
  readonly #opened: (OpenedCell | undefined)[];
  readonly #refusals = new Map<number, string[]>();
  /** What is settled without being opened. */
  readonly #closed = new Set<number>();
  /** The keys that would each open the same cell, by cell. */
  readonly #contested = new Map<number, string[]>();

  constructor(cells: readonly SealedCell[]) {
    this.cells = cells;
    this.#opened = cells.map(() => undefined);
  }

  /** The cells that are not settled, by position. */
  get open(): readonly number[] {
    const open: number[] = [];
    for (let index = 0; index < this.cells.length; index += 1) if (this.isOpen(index)) open.push(index);
    return open;
  }

  isOpen(index: number): boolean {
    return this.#opened[index] === undefined && !this.#closed.has(index);
  }

  /** A key opens the cell. Where another one has opened it too, it is nobody's. */
  opened(index: number, cell: OpenedCell): void {
    const first = this.#opened[index];
    const rivals = this.#contested.get(index) ?? (first && [first.version]);
    if (!rivals) {
      this.#opened[index] = cell;
      return;
    }
    first?.plaintext.fill(0);
    cell.plaintext.fill(0);
    this.#opened[index] = undefined;
    this.#closed.add(index);
    this.#contested.set(index, [...rivals, cell.version]);
  }

  /** Only "corrupt" settles a cell: its header names the key, and the rest fails. */
  refuse(index: number, key: EncryptionKey, refusal: Refusal): void {
    const refusals = this.#refusals.get(index) ?? [];
    refusals.push(`${key.version}: ${refusal}`);
    this.#refusals.set(index, refusals);
    if (refusal === "corrupt") this.#closed.add(index);
  }

  /** The outcome, cell by cell; `reasonOf` puts refusals into words. */
  results(reasonOf: (refusals: readonly string[]) => string): readonly Classified[] {
    return this.#opened.map((cell, index) => {
      if (cell) return cell;
      const rivals = this.#contested.get(index);
      const reason = rivals
        ? `${rivals.toSorted().join(" and ")} would each open it, and none can prove it`
        : reasonOf(this.#refusals.get(index) ?? []);
      return { under: "unknown", reason };
    });
  }

  wipe(): void {
    for (const cell of this.#opened) cell?.plaintext.fill(0);
  }
}
