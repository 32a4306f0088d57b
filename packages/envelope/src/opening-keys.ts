import type { KeyObject } from "node:crypto";
import type { Clock } from "@cassandra-rekey/core";
import type { EnvelopeLimits } from "./limits.ts";
import { SharedCalls } from "./shared-calls.ts";
import type { UnwrappedKey } from "./wrapper-calls.ts";

interface Kept {
  readonly key: KeyObject;
  readonly bornMs: number;
}

/** Unwrapped data keys for decryption: so many, so long, the least recently used dropped first. Refusals are not kept. */
export class OpeningKeys {
  readonly #limits: EnvelopeLimits;
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** In the order of their last use. */
  readonly #kept = new Map<string, Kept>();
  readonly #unwraps = new SharedCalls<UnwrappedKey>();

  constructor(limits: EnvelopeLimits, clock: Pick<Clock, "monotonicMs">) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get(id: string): KeyObject | undefined {
    const kept = this.#kept.get(id);
    if (!kept) return undefined;
    this.#kept.delete(id);
    if (this.#clock.monotonicMs() - kept.bornMs >= this.#limits.openAgeMs) return undefined;
    this.#kept.set(id, kept);
    return kept.key;
  }

  /** Unwraps a key and keeps it. Calls that overlap share one. */
  unwrap(
    id: string,
    signal: AbortSignal,
    unwrap: (signal: AbortSignal) => Promise<UnwrappedKey>,
  ): Promise<UnwrappedKey> {
    return this.#unwraps.join(id, signal, async (shared) => {
      const unwrapped = await unwrap(shared);
      if ("key" in unwrapped) this.#keep(id, unwrapped.key);
      return unwrapped;
    });
  }

  clear(): void {
    this.#kept.clear();
  }

  #keep(id: string, key: KeyObject): void {
    this.#kept.delete(id);
    this.#kept.set(id, { key, bornMs: this.#clock.monotonicMs() });
    if (this.#kept.size > this.#limits.openKeys) this.#kept.delete(this.#kept.keys().next().value!);
  }
}
