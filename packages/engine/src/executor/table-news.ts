import type { TableProgress } from "@cassandra-rekey/core";
import type { HookDispatcher } from "../hooks/hook-dispatcher.ts";

/** Tells hooks how far each table is, and when it begins and ends, as the store knows it. */
export class TableNews {
  readonly #hooks: HookDispatcher;
  readonly #jobId: string;
  readonly #open = new Map<string, boolean>();

  constructor(hooks: HookDispatcher, jobId: string) {
    this.#hooks = hooks;
    this.#jobId = jobId;
  }

  tell(progress: readonly TableProgress[]): void {
    for (const { table, chunks, fraction, totals } of progress) {
      const place = { jobId: this.#jobId, table, chunks };
      const isOpen = chunks.pending + chunks.running > 0;
      const wasOpen = this.#open.get(table) ?? false;
      this.#open.set(table, isOpen);
      if (isOpen && !wasOpen) this.#hooks.emit({ type: "table.started", ...place });
      this.#hooks.emit({ type: "table.progress", ...place, fraction });
      if (wasOpen && !isOpen) this.#hooks.emit({ type: "table.finished", ...place, totals });
    }
  }
}
