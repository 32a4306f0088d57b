import type { KeyServiceCall } from "@cassandra-rekey/core";

/** Hears what the envelope does. Called often: must be quick, and must not throw. */
export interface EnvelopeObserver {
  /** A call to the key service has ended. `refused`: it answered that the wrapped key is not one of this key's. */
  called?(call: "generate" | "unwrap", outcome: "done" | "refused" | "failed", ms: number): void;
  /** Cells of one batch that needed no call of their own, because a data key was at hand. */
  served?(work: "encrypt" | "decrypt", cells: number): void;
}

/** An observer that counts. */
export class EnvelopeCounters implements EnvelopeObserver {
  generateCalls = 0;
  unwrapCalls = 0;
  failedCalls = 0;
  callMs = 0;
  servedCells = 0;
  readonly #told: ((call: KeyServiceCall) => void) | undefined;

  /** `told` hears of each call: {@link KeyContext.called}. */
  constructor(told?: (call: KeyServiceCall) => void) {
    this.#told = told;
  }

  called(call: "generate" | "unwrap", outcome: "done" | "refused" | "failed", ms: number): void {
    if (call === "generate") this.generateCalls += 1;
    else this.unwrapCalls += 1;
    if (outcome === "failed") this.failedCalls += 1;
    this.callMs += ms;
    this.#told?.({ call, outcome, ms });
  }

  served(_work: "encrypt" | "decrypt", cells: number): void {
    this.servedCells += cells;
  }
}
