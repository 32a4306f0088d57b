import type { WorkerReport } from "@cassandra-rekey/core";
import type { HeldChunk } from "./held-chunk.ts";

/** The chunks that this process holds now, for its report. */
export class HeldChunks {
  readonly #held = new Set<Pick<HeldChunk, "leftMs">>();
  readonly #lengthMs: number;
  #emptied = new AbortController();

  constructor(leaseMs: number) {
    this.#lengthMs = leaseMs;
  }

  /** Counts a chunk in until the result is disposed of. */
  hold(chunk: Pick<HeldChunk, "leftMs">): Disposable {
    this.#held.add(chunk);
    return {
      [Symbol.dispose]: () => {
        if (this.#held.delete(chunk) && this.#held.size === 0) this.#tellEmptied();
      },
    };
  }

  /** Aborts when the last chunk is let go that is held by then: the next one to be asked for is nobody's here. */
  get emptied(): AbortSignal {
    return this.#emptied.signal;
  }

  get now(): WorkerReport["leases"] {
    if (this.#held.size === 0) return undefined;
    const soonestMs = Math.min(...[...this.#held].map((chunk) => Math.max(0, Math.round(chunk.leftMs))));
    return { held: this.#held.size, soonestMs, lengthMs: this.#lengthMs };
  }

  #tellEmptied(): void {
    const told = this.#emptied;
    this.#emptied = new AbortController();
    told.abort();
  }
}
