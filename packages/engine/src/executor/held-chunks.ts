import type { WorkerReport } from "@cassandra-rekey/core";
import type { HeldChunk } from "./held-chunk.ts";

/** The chunks that this process holds now, for its report. */
export class HeldChunks {
  readonly #held = new Set<Pick<HeldChunk, "leftMs">>();
  readonly #lengthMs: number;

  constructor(leaseMs: number) {
    this.#lengthMs = leaseMs;
  }

  /** Counts a chunk in until the result is disposed of. */
  hold(chunk: Pick<HeldChunk, "leftMs">): Disposable {
    this.#held.add(chunk);
    return { [Symbol.dispose]: () => void this.#held.delete(chunk) };
  }

  get now(): WorkerReport["leases"] {
    if (this.#held.size === 0) return undefined;
    const soonestMs = Math.min(...[...this.#held].map((chunk) => Math.max(0, Math.round(chunk.leftMs))));
    return { held: this.#held.size, soonestMs, lengthMs: this.#lengthMs };
  }
}
