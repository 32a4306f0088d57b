/** What a KMS server can be told to do instead of answering well. */
export type Fault =
  /** Too many requests; with `retryAfterMs` it says, as the protocol has it, how long to stay away. */
  | { readonly kind: "throttled"; readonly retryAfterMs?: number }
  /** An error of the server's own, which goes away. */
  | { readonly kind: "unavailable"; readonly retryAfterMs?: number }
  /** The answer comes late. */
  | { readonly kind: "slow"; readonly ms: number }
  /** The answer never comes. */
  | { readonly kind: "hang" }
  /** The connection ends without an answer. */
  | { readonly kind: "dropped" }
  /** The caller lacks the permission. */
  | { readonly kind: "forbidden" }
  /** The answer arrives changed: where the protocol has checksums, they no longer match. */
  | { readonly kind: "corrupt" };

/** For which operations a fault holds, and how often. */
export interface FaultScope {
  /** Operations by the service's own names, such as `Decrypt`; all when left out. */
  readonly operations?: readonly string[];
  /** Until it was met so many times; until it is ended when left out. */
  readonly times?: number;
}

interface Active {
  readonly fault: Fault;
  readonly operations: readonly string[] | undefined;
  left: number;
}

/** The faults that a server has been told of. The first that fits a call is met. */
export class Faults {
  readonly #active = new Set<Active>();

  /** Returns what ends the fault. */
  start(fault: Fault, { operations, times = Number.POSITIVE_INFINITY }: FaultScope = {}): () => void {
    const active: Active = { fault, operations, left: times };
    this.#active.add(active);
    return () => this.#active.delete(active);
  }

  clear(): void {
    this.#active.clear();
  }

  /** The fault that a call of this operation meets; counted. */
  meet(operation: string): Fault | undefined {
    for (const active of this.#active) {
      if (active.operations && !active.operations.includes(operation)) continue;
      active.left -= 1;
      if (active.left <= 0) this.#active.delete(active);
      return active.fault;
    }
    return undefined;
  }
}
