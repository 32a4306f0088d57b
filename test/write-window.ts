import { type CellSink, type CellSource, type Mutation, TOKENS } from "@cassandra-rekey/core";
import type { Override } from "@cassandra-rekey/engine";
import type { RacingApplication } from "./racing-application.ts";

/** When a row was read, and when its rewrite was sent, by `performance.now()`. */
interface Window {
  readonly id: number;
  readonly readMs: number;
  readonly sentMs: number;
}

/** Rows of each request that the application is pointed at before the request goes out. */
const ATTACKS = 3;

/**
 * Stands between the engine and its cluster: holds each request back until the application has written or deleted some
 * of its rows, remembers how long each row's window was open, and hands on what is written, changed by `alter`.
 * For tables with one int as their key.
 */
export class WriteWindows {
  readonly windows: Window[] = [];
  readonly #readMs = new Map<number, number>();
  readonly #began = Promise.withResolvers<void>();
  #transactions = 0;
  readonly #application: RacingApplication;
  readonly #alter: (mutations: readonly Mutation[]) => readonly Mutation[];

  constructor(
    application: RacingApplication,
    alter: (mutations: readonly Mutation[]) => readonly Mutation[] = (mutations) => mutations,
  ) {
    this.#application = application;
    this.#alter = alter;
  }

  readonly override: Override = (container) => {
    const source = container.resolve<CellSource>(TOKENS.cellSource as symbol);
    const sink = container.resolve<CellSink>(TOKENS.cellSink as symbol);
    container.register(TOKENS.cellSource as symbol, { useValue: this.#source(source) });
    container.register(TOKENS.cellSink as symbol, { useValue: this.#sink(sink) });
  };

  /** Resolves with the first page that is read. */
  get began(): Promise<void> {
    return this.#began.promise;
  }

  /** Writes of the application that began after our read of their row had ended and ended before our write began. */
  writesInside(): number {
    const byRow = Map.groupBy(this.windows, (window) => window.id);
    return this.#application.operations.filter(({ id, startedMs, endedMs }) =>
      byRow.get(id)?.some((window) => window.readMs < startedMs && endedMs < window.sentMs),
    ).length;
  }

  #source(inner: CellSource): CellSource {
    return {
      page: async (request, signal) => {
        const page = await inner.page(request, signal);
        const now = performance.now();
        for (const row of page.rows) this.#readMs.set(idOf(row), now);
        this.#began.resolve();
        return page;
      },
      row: (...args) => inner.row(...args),
    };
  }

  #sink(inner: CellSink): CellSink {
    return {
      group: (table, items) => inner.group(table, items),
      send: async (table, mutations, consistency, signal) => {
        await this.#hold(mutations);
        await inner.send(table, this.#alter(mutations), consistency, signal);
      },
      compareAndSet: async (table, key, cells, consistency, signal, serialConsistency) => {
        // Of the others some are won, which must lose nothing either.
        this.#transactions += 1;
        if (this.#transactions % 2 === 0) await this.#hold([{ key }]);
        return inner.compareAndSet(table, key, cells, consistency, signal, serialConsistency);
      },
    };
  }

  async #hold(mutations: readonly { readonly key: readonly Uint8Array[] }[]): Promise<void> {
    await Promise.all(
      mutations.slice(0, ATTACKS).map((mutation) => this.#application.attack(idOf(mutation))),
    );
    const sentMs = performance.now();
    for (const mutation of mutations) {
      const id = idOf(mutation);
      const readMs = this.#readMs.get(id);
      if (readMs !== undefined) this.windows.push({ id, readMs, sentMs });
    }
  }
}

function idOf({ key }: { readonly key: readonly Uint8Array[] }): number {
  return Buffer.from(key[0]!).readInt32BE();
}
