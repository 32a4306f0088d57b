import type { Clock } from "@cassandra-rekey/core";
import type { EnvelopeObserver } from "./counters.ts";
import { encodeKeyContext } from "./key-context.ts";
import { completeLimits, type EnvelopeLimits } from "./limits.ts";
import { OpeningKeys } from "./opening-keys.ts";
import type { KeyContextValues, KeyWrapper } from "./wrapper.ts";
import { type UnwrappedKey, WrapperCalls } from "./wrapper-calls.ts";

/** What a {@link DataKeyOpener} is made of. */
export interface DataKeyOpenerParts {
  /** The key version label, for errors. */
  readonly version: string;
  readonly wrapper: KeyWrapper;
  readonly clock: Pick<Clock, "monotonicMs" | "timeout">;
  readonly limits?: Partial<EnvelopeLimits>;
  readonly observer?: EnvelopeObserver;
}

/**
 * Unwraps data keys of 32 bytes as envelope keys do (kept within limits, one call for all who want the same, each call
 * with a deadline), for formats that are taken apart elsewhere.
 */
export class DataKeyOpener implements AsyncDisposable {
  readonly #calls: WrapperCalls;
  readonly #kept: OpeningKeys;
  readonly #wrapper: KeyWrapper;
  #disposed = false;

  /** Throws `CONFIG.INVALID` for limits that cannot be used. */
  constructor(parts: DataKeyOpenerParts) {
    const limits = completeLimits(parts.limits);
    this.#calls = new WrapperCalls({ ...parts, limits, observer: parts.observer });
    this.#kept = new OpeningKeys(limits, parts.clock);
    this.#wrapper = parts.wrapper;
  }

  async open(wrapped: Uint8Array, context: KeyContextValues, signal: AbortSignal): Promise<UnwrappedKey> {
    const bound = Buffer.from(encodeKeyContext(context));
    const id = `${bound.length}:${bound.toString("latin1")}${Buffer.from(wrapped).toString("latin1")}`;
    const key = this.#kept.get(id);
    if (key) return { key };
    return this.#kept.unwrap(id, signal, (shared) => this.#calls.unwrap(wrapped, context, shared));
  }

  /** Disposes of the wrapper, once. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#kept.clear();
    await this.#wrapper[Symbol.asyncDispose]?.();
  }
}
