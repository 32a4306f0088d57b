import type { KeyObject } from "node:crypto";
import type { Clock } from "@cassandra-rekey/core";
import type { EnvelopeLimits } from "./limits.ts";
import { SharedCalls } from "./shared-calls.ts";
import type { DataKey } from "./wrapper-calls.ts";

/** A data key that encrypts. */
export interface SealingKey {
  readonly key: KeyObject;
  /** What every ciphertext under it begins with. */
  readonly header: Uint8Array;
}

interface Current extends SealingKey {
  readonly bornMs: number;
  cells: number;
  bytes: number;
}

/** Contexts beyond this many drop the data key that was renewed least recently. A context is a column, at the most. */
const MOST_CONTEXTS = 1024;

/** One data key a context for encryption, used until it has encrypted enough or is old enough. */
export class SealingKeys {
  readonly #limits: EnvelopeLimits;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #header: (wrapped: Uint8Array) => Uint8Array;
  readonly #current = new Map<string, Current>();
  readonly #renewals = new SharedCalls<void>();

  constructor(
    limits: EnvelopeLimits,
    clock: Pick<Clock, "monotonicMs">,
    header: (wrapped: Uint8Array) => Uint8Array,
  ) {
    this.#limits = limits;
    this.#clock = clock;
    this.#header = header;
  }

  /** Counts one cell against the context's data key; `undefined` when there is none with room for it. */
  use(context: string, bytes: number): SealingKey | undefined {
    const current = this.#current.get(context);
    if (!current || this.#isSpent(current, bytes)) return undefined;
    current.cells += 1;
    current.bytes += bytes;
    return current;
  }

  /** Gets the context a new data key. Calls that overlap share one. */
  renew(
    context: string,
    signal: AbortSignal,
    generate: (signal: AbortSignal) => Promise<DataKey>,
  ): Promise<void> {
    return this.#renewals.join(context, signal, async (shared) => {
      const { key, wrapped } = await generate(shared);
      this.#current.delete(context);
      this.#current.set(context, {
        key,
        header: this.#header(wrapped),
        bornMs: this.#clock.monotonicMs(),
        cells: 0,
        bytes: 0,
      });
      if (this.#current.size > MOST_CONTEXTS) this.#current.delete(this.#current.keys().next().value!);
    });
  }

  clear(): void {
    this.#current.clear();
  }

  #isSpent(current: Current, bytes: number): boolean {
    const { limits, age } = { limits: this.#limits, age: this.#clock.monotonicMs() - current.bornMs };
    if (age >= limits.ageMs || current.cells >= limits.cells) return true;
    return current.cells > 0 && current.bytes + bytes > limits.bytes;
  }
}
