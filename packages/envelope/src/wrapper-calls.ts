import { createSecretKey, type KeyObject } from "node:crypto";
import { type Clock, isRekeyError, type Refusal, RekeyError, untilAborted } from "@cassandra-rekey/core";
import { CallSlots } from "./call-slots.ts";
import type { EnvelopeObserver } from "./counters.ts";
import { LONGEST_WRAPPED } from "./format.ts";
import type { EnvelopeLimits } from "./limits.ts";
import type { KeyContextValues, KeyWrapper } from "./wrapper.ts";

/** A data key ready for use. */
export interface DataKey {
  readonly key: KeyObject;
  readonly wrapped: Uint8Array;
}

/** An unwrapped key, or why it could not be unwrapped. */
export type UnwrappedKey = { readonly key: KeyObject } | { readonly refused: Refusal };

/** What calls are made with. */
export interface CallParts {
  /** The key's version label, for errors. */
  readonly version: string;
  readonly wrapper: KeyWrapper;
  readonly clock: Pick<Clock, "monotonicMs" | "timeout">;
  readonly limits: EnvelopeLimits;
  readonly observer: EnvelopeObserver | undefined;
}

const KEY_LENGTH = 32;

/** Calls to the key service: so many at once, each with a deadline, results checked and raw bytes wiped. */
export class WrapperCalls {
  readonly #parts: CallParts;
  readonly #slots: CallSlots;

  constructor(parts: CallParts) {
    this.#parts = parts;
    this.#slots = new CallSlots(parts.limits.parallelCalls);
  }

  async generate(context: KeyContextValues, signal: AbortSignal): Promise<DataKey> {
    const material = await this.#call("generate", signal, async (limited) =>
      this.#parts.wrapper.generate(context, limited),
    );
    const { plaintext, wrapped } = material;
    const key = secretKey(plaintext);
    if (key && wrapped.length >= 1 && wrapped.length <= LONGEST_WRAPPED)
      return { key, wrapped: Uint8Array.from(wrapped) };
    throw new RekeyError(
      "KEY.CONTRACT",
      `key ${this.#parts.version} made a data key of the wrong size: ${plaintext.length} bytes, ${wrapped.length} wrapped`,
    );
  }

  async unwrap(wrapped: Uint8Array, context: KeyContextValues, signal: AbortSignal): Promise<UnwrappedKey> {
    const unwrapped = await this.#call("unwrap", signal, async (limited) =>
      this.#parts.wrapper.unwrap(wrapped, context, limited),
    );
    if ("refused" in unwrapped) return unwrapped;
    const key = secretKey(unwrapped.plaintext);
    return key ? { key } : { refused: "not-authentic" };
  }

  #call<Result extends object>(
    name: "generate" | "unwrap",
    signal: AbortSignal,
    call: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const { clock, limits, observer } = this.#parts;
    return this.#slots.within(signal, async () => {
      const deadline = clock.timeout(limits.callTimeoutMs);
      const limited = AbortSignal.any([signal, deadline]);
      const startMs = clock.monotonicMs();
      const ended = (outcome: "done" | "refused" | "failed") =>
        observer?.called?.(name, outcome, clock.monotonicMs() - startMs);
      const running = call(limited);
      try {
        const result = await untilAborted(running, limited);
        ended("refused" in result ? "refused" : "done");
        return result;
      } catch (error) {
        running.then(wipeLate, () => {});
        ended("failed");
        throw this.#classified(name, error, deadline.aborted);
      }
    });
  }

  #classified(name: "generate" | "unwrap", error: unknown, late: boolean): RekeyError {
    if (isRekeyError(error)) return error;
    const { version, limits } = this.#parts;
    const what = name === "generate" ? "make a data key" : "unwrap a data key";
    return new RekeyError(
      "KEY.UNAVAILABLE",
      late
        ? `the key service of key ${version} did not ${what} within ${limits.callTimeoutMs} ms`
        : `the key service of key ${version} could not ${what} (${nameOf(error)})`,
    );
  }
}

function secretKey(plaintext: Uint8Array): KeyObject | undefined {
  try {
    return plaintext.length === KEY_LENGTH ? createSecretKey(plaintext) : undefined;
  } finally {
    plaintext.fill(0);
  }
}

/** A result that came after nobody waited for it any more. */
function wipeLate(result: { readonly plaintext?: Uint8Array }): void {
  result.plaintext?.fill(0);
}

/** Only a name: the message of an error that nobody classified may hold anything. */
function nameOf(error: unknown): string {
  return error instanceof Error && /^\w{1,60}$/.test(error.name) ? error.name : "unknown error";
}
