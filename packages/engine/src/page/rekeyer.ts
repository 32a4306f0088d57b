import type { Row } from "@cassandra-rekey/core";
import type { TableSettings } from "../config/settings.ts";
import { tableKeyring } from "../keyring/column-keyring.ts";
import type { Keyring } from "../keyring/keyring.ts";
import type { Keyrings } from "../keyring/keyrings.ts";
import { ColumnKeys } from "./column-keys.ts";
import { pageSlots } from "./page-slots.ts";
import { PageSorter } from "./page-sorter.ts";
import type { PageTask, PageWork } from "./page-work.ts";
import { type Drawn, drawWinners } from "./winning-draws.ts";

/** Turns rows into writes: classifies each cell, decrypts and encrypts in batches, decides what is left alone. */
export class Rekeyer {
  readonly #keys: ColumnKeys;

  /** `columns`: the keyrings of columns whose keyring is not the table's. */
  constructor(keyring: Keyring, columns?: ReadonlyMap<string, Keyring>) {
    this.#keys = new ColumnKeys(keyring, columns);
  }

  /** The key version that a column's cells go to. */
  targetVersion(column: string): string {
    return this.#keys.targetVersion(column);
  }

  async work(task: PageTask, rows: readonly Row[], serverMs: number, signal: AbortSignal): Promise<PageWork> {
    const { slots, sealed, unreadable } = pageSlots(task.table, rows);
    const classified = await this.#keys.classify(sealed, signal);
    const page = new PageSorter(task, rows, serverMs, this.#keys);
    for (const cell of unreadable) page.setUnreadable(cell);
    classified.forEach((result, index) => {
      page.sort(slots[index]!, sealed[index]!, result);
    });
    try {
      const { fresh, lost } = await this.#draw(task, rows, page, signal);
      page.giveUp(lost);
      return page.finish(slots.length + unreadable.length, fresh);
    } finally {
      for (const result of classified) if (result.under !== "unknown") result.plaintext.fill(0);
    }
  }

  async #draw(
    task: PageTask,
    rows: readonly Row[],
    { clear, clearSlots: slots }: PageSorter,
    signal: AbortSignal,
  ): Promise<Drawn> {
    if (task.kind === "verify") return { fresh: [], lost: [] };
    if (task.writeMode !== "same-timestamp") return { fresh: await this.#keys.seal(clear, signal), lost: [] };
    const seal = (indexes: readonly number[]) =>
      this.#keys.seal(
        indexes.map((index) => clear[index]!),
        signal,
      );
    return drawWinners({ table: task.table, rows, slots, seal });
  }
}

/** The rekeyer of a table, with the keyrings that it and its columns name. */
export function tableRekeyer(keyrings: Keyrings, table: TableSettings): Rekeyer {
  return new Rekeyer(keyrings.of(tableKeyring(table)), keyrings.ofColumns(table));
}
