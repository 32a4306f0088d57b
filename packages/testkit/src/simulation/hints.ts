import type { ClusterNode } from "./cluster-node.ts";
import type { StoredChange } from "./stored-change.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** A change that waits for a node that did not get it. */
export interface Hint {
  readonly node: ClusterNode;
  readonly change: StoredChange;
  readonly createdMs: number;
}

/** What hints need to be delivered. */
export interface HintParts {
  readonly time: VirtualTime;
  readonly delayMs: number;
  readonly gcGraceMs: number;
  readonly deliver: (hint: Hint) => void;
}

/** Delivers changes to nodes that missed them, when they are there again: not after gc_grace, and not what was truncated since. */
export class Hints {
  readonly #parts: HintParts;
  readonly #waiting = new Set<Hint>();
  #truncatedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: HintParts) {
    this.#parts = parts;
  }

  get areDelivered(): boolean {
    return this.#waiting.size === 0;
  }

  keep(hint: Hint): void {
    const { time, delayMs, gcGraceMs, deliver } = this.#parts;
    this.#waiting.add(hint);
    time.after(delayMs, () => {
      this.#waiting.delete(hint);
      if (!hint.node.isUp || hint.node.isDeaf) return this.keep(hint);
      if (hint.createdMs <= this.#truncatedMs || time.nowMs - hint.createdMs >= gcGraceMs) return;
      deliver(hint);
    });
  }

  /** Those from before are worth nothing from now on. */
  truncate(): void {
    this.#truncatedMs = this.#parts.time.nowMs;
  }
}
