import type { Refusal } from "@cassandra-rekey/core";

/** What a key service binds a wrapped key to (AWS: encryption context), resolved for one cell; empty when nothing. */
export type KeyContextValues = Readonly<Record<string, string>>;

/** A new data key. The envelope wipes `plaintext`; `wrapped` is 1 to 8192 bytes. */
export interface DataKeyMaterial {
  /** 32 bytes. */
  readonly plaintext: Uint8Array;
  readonly wrapped: Uint8Array;
}

/** The data key, which the envelope wipes, or why this key does not unwrap it. */
export type Unwrapped = { readonly plaintext: Uint8Array } | { readonly refused: Refusal };

/**
 * A key service, as the envelope needs it: it makes data keys and unwraps them.
 *
 * - What says something about **one wrapped key** is an answer: `{ refused: "not-authentic" }` for the wrong key, the
 *   wrong context and a tampered or foreign wrapped key. `"corrupt"` only where no other key could open it.
 * - What says something about **the service** is a `RekeyError`: `KEY.UNAVAILABLE` for throttling, outage and
 *   time-out, with `retryAfterMs` where the service names it; `KEY.REFUSED` for what stays until somebody acts
 *   (disabled, pending deletion, destroyed, no permission), with the key named and the console action in the hint.
 *   Any other error is taken for an outage; its message is dropped, because nobody knows what is in it.
 * - Every call has a deadline and obeys `signal`, which also ends when nobody waits for the result any more. Retries
 *   inside a call must be few: the engine tries again itself.
 */
export interface KeyWrapper {
  generate(context: KeyContextValues, signal: AbortSignal): Promise<DataKeyMaterial>;
  unwrap(wrapped: Uint8Array, context: KeyContextValues, signal: AbortSignal): Promise<Unwrapped>;
  /** Closes connections; called once, when the key is disposed of. */
  [Symbol.asyncDispose]?(): PromiseLike<void>;
}
