import { type CellSink, type Mutation, TOKENS } from "@cassandra-rekey/core";
import type { Override } from "@cassandra-rekey/engine";

/**
 * Stands before a cluster and remembers which rows' writes were under way at the turn of a second. A server that counts
 * a time to live from then on lets the cell expire as much later: on a slow machine that is nobody's fault.
 * For tables with one int as their key.
 */
export class TurnWatch {
  readonly #seconds = new Map<number, number>();

  /** By how many seconds the cells of a row may expire later than they would have. */
  lateBy(id: number): number {
    return this.#seconds.get(id) ?? 0;
  }

  readonly override: Override = (container) => {
    const sink = container.resolve<CellSink>(TOKENS.cellSink as symbol);
    container.register(TOKENS.cellSink as symbol, { useValue: this.before(sink) });
  };

  /** The sink, watched. */
  before(sink: CellSink): CellSink {
    const { group, prepare, compareAndSet, replicas } = sink;
    return {
      group: group.bind(sink),
      compareAndSet: compareAndSet.bind(sink),
      ...(prepare && { prepare: prepare.bind(sink) }),
      ...(replicas && { replicas: replicas.bind(sink) }),
      send: async (table, mutations, consistency, signal) => {
        const sent = second();
        try {
          await sink.send(table, mutations, consistency, signal);
        } finally {
          this.#note(mutations, second() - sent);
        }
      },
    };
  }

  #note(mutations: readonly Mutation[], seconds: number): void {
    for (const { key } of mutations) {
      const id = Buffer.from(key[0]!).readInt32BE();
      this.#seconds.set(id, Math.max(this.lateBy(id), seconds));
    }
  }
}

function second(): number {
  return Math.floor(Date.now() / 1000);
}
