import type { KeyObject } from "node:crypto";
import {
  type CellContext,
  type ClearCell,
  type Clock,
  type EncryptionKey,
  type Opened,
  type Random,
  RekeyError,
  type SealedCell,
} from "@cassandra-rekey/core";
import { BindingTemplate } from "./binding-template.ts";
import { CellBindings, type ColumnBinding } from "./cell-binding.ts";
import type { EnvelopeObserver } from "./counters.ts";
import type { EnvelopeFormat, SealedParts } from "./format.ts";
import { NONCE_LENGTH, openGcm, sealGcm } from "./gcm.ts";
import { KeyContext, type KeyContextTemplates } from "./key-context.ts";
import { lengthPrefixed } from "./length-prefixed.ts";
import { completeLimits, type EnvelopeLimits } from "./limits.ts";
import { OpeningKeys } from "./opening-keys.ts";
import { OwnFormat } from "./own-format.ts";
import { referenceFormat } from "./reference-format.ts";
import { type SealingKey, SealingKeys } from "./sealing-keys.ts";
import type { KeyWrapper } from "./wrapper.ts";
import { type DataKey, type UnwrappedKey, WrapperCalls } from "./wrapper-calls.ts";

/** What an envelope key is made of. */
export interface EnvelopeKeyParts {
  /** The key version label. */
  readonly version: string;
  /**
   * The key service's name for the key, as stable as there is one: a full ARN or resource name rather than an alias.
   * Its hash stands in every ciphertext of our own format, together with the templates; it is not secret.
   */
  readonly keyId: string;
  /** Other names under which cells may have been written, such as the other regions of a multi-region key. */
  readonly knownAs?: readonly string[];
  readonly wrapper: KeyWrapper;
  readonly clock: Pick<Clock, "monotonicMs" | "timeout">;
  readonly random: Pick<Random, "bytes">;
  /** `envelope` (default): our own; `reference`: the Python tool's for AWS KMS, which binds cells to nothing. */
  readonly format?: "envelope" | "reference";
  /** What cells are bound to, as a {@link BindingTemplate}; nothing by default. Costs no calls. */
  readonly associatedData?: string;
  /** What the key service binds data keys to; nothing by default. Each distinct value has data keys of its own. */
  readonly keyContext?: KeyContextTemplates;
  readonly limits?: Partial<EnvelopeLimits>;
  readonly observer?: EnvelopeObserver;
}

/**
 * A key whose cells are encrypted by data keys, which a key service wraps.
 *
 * A batch costs one call to the service for each data key that is not at hand, never one for each cell. Throws
 * `CONFIG.INVALID` for templates and limits that cannot be used. Disposing of it disposes of the wrapper.
 */
export function createEnvelopeKey(parts: EnvelopeKeyParts): EncryptionKey {
  return new EnvelopeKey(parts);
}

interface Opening {
  readonly wrapped: Uint8Array;
  readonly column: ColumnBinding;
  cells: number;
}

class EnvelopeKey implements EncryptionKey {
  readonly version: string;
  readonly authenticates = true;
  readonly writes = "binary";
  readonly #format: EnvelopeFormat;
  readonly #bindings: CellBindings;
  readonly #calls: WrapperCalls;
  readonly #sealing: SealingKeys;
  readonly #opening: OpeningKeys;
  readonly #wrapper: KeyWrapper;
  readonly #random: Pick<Random, "bytes">;
  readonly #observer: EnvelopeObserver | undefined;
  readonly #life = new AbortController();

  constructor(parts: EnvelopeKeyParts) {
    const limits = completeLimits(parts.limits);
    const keyContext = new KeyContext(parts.keyContext);
    const template = parts.associatedData ? new BindingTemplate(parts.associatedData) : undefined;
    this.version = parts.version;
    this.#format = formatOf(parts, template, keyContext);
    this.#bindings = new CellBindings(keyContext, template);
    this.#calls = new WrapperCalls({ ...parts, limits, observer: parts.observer });
    this.#sealing = new SealingKeys(limits, parts.clock, (wrapped) => this.#format.header(wrapped));
    this.#opening = new OpeningKeys(limits, parts.clock);
    this.#wrapper = parts.wrapper;
    this.#random = parts.random;
    this.#observer = parts.observer;
  }

  identify(ciphertext: Uint8Array): "mine" | "foreign" | "unknown" {
    return this.#format.identify(ciphertext);
  }

  async encrypt(batch: readonly ClearCell[], signal: AbortSignal): Promise<readonly Uint8Array[]> {
    const limited = this.#limited(signal);
    const nonces = this.#random.bytes(batch.length * NONCE_LENGTH);
    const sealed: Uint8Array[] = [];
    let renewals = 0;
    for (const [index, { plaintext, context }] of batch.entries()) {
      const column = this.#bindings.column(context);
      let key = this.#sealing.use(column.contextId, plaintext.length);
      // Others may have used up a new key before this batch's turn comes.
      while (!key) {
        renewals += 1;
        await this.#renew(column, limited);
        key = this.#sealing.use(column.contextId, plaintext.length);
      }
      const nonce = nonces.subarray(index * NONCE_LENGTH, (index + 1) * NONCE_LENGTH);
      sealed.push(this.#seal(key, nonce, plaintext, context));
    }
    this.#observer?.served?.("encrypt", Math.max(0, batch.length - renewals));
    return sealed;
  }

  async decrypt(batch: readonly SealedCell[], signal: AbortSignal): Promise<readonly Opened[]> {
    const limited = this.#limited(signal);
    const openings = new Map<string, Opening>();
    const cells = batch.map(({ ciphertext, context }) => {
      const parts = this.#format.parse(ciphertext);
      if ("refused" in parts) return parts;
      const column = this.#bindings.column(context);
      const id = openingId(column, parts.wrapped);
      const opening = openings.get(id) ?? { wrapped: parts.wrapped, column, cells: 0 };
      opening.cells += 1;
      openings.set(id, opening);
      return { id, parts };
    });
    const keys = await this.#keysOf(openings, limited);
    return cells.map((cell, index): Opened => {
      if ("refused" in cell) return cell;
      const found = keys.get(cell.id)!;
      return "refused" in found ? found : this.#open(found.key, cell.parts, batch[index]!.context);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#life.signal.aborted) return;
    this.#life.abort(
      new RekeyError("INTERNAL.INVARIANT", `key ${this.version} was used after it was disposed of`),
    );
    this.#sealing.clear();
    this.#opening.clear();
    await this.#wrapper[Symbol.asyncDispose]?.();
  }

  #limited(signal: AbortSignal): AbortSignal {
    const limited = AbortSignal.any([signal, this.#life.signal]);
    limited.throwIfAborted();
    return limited;
  }

  #renew(column: ColumnBinding, signal: AbortSignal): Promise<void> {
    return this.#sealing.renew(column.contextId, signal, async (shared) => {
      const made = await this.#calls.generate(column.keyContext, shared);
      await this.#prove(made, column, shared);
      return made;
    });
  }

  /**
   * Unwraps a new data key before anything is written under it: thousands of cells would be lost with one that does not
   * come back. It is kept for reading, so the cells that the engine opens again cost no call of their own.
   */
  async #prove({ key, wrapped }: DataKey, column: ColumnBinding, signal: AbortSignal): Promise<void> {
    const opening = { wrapped, column, cells: 0 };
    const back = await this.#unwrap(openingId(column, wrapped), opening, signal);
    if ("refused" in back)
      throw new RekeyError(
        "KEY.CONTRACT",
        `the key service of key ${this.version} does not unwrap a data key that it has just made (${back.refused})`,
      );
    if (!back.key.equals(key))
      throw new RekeyError(
        "KEY.UNAVAILABLE",
        `a data key of key ${this.version} unwraps to another one than was made: it was damaged on its way`,
      );
  }

  #seal(key: SealingKey, nonce: Uint8Array, plaintext: Uint8Array, context: CellContext): Uint8Array {
    return sealGcm(key.key, key.header, nonce, this.#authenticated(key.header, context), plaintext);
  }

  #open(key: KeyObject, parts: SealedParts, context: CellContext): Opened {
    const plaintext = openGcm(key, parts.body, this.#authenticated(parts.header, context));
    return plaintext ? { plaintext } : { refused: this.#format.tagMismatch };
  }

  /** What the tag covers besides the plaintext. */
  #authenticated(header: Uint8Array, context: CellContext): Uint8Array {
    const associatedData = this.#bindings.associatedData(context);
    if (!this.#format.authenticatesHeader) return associatedData;
    return associatedData.length === 0 ? header : Buffer.concat([header, associatedData]);
  }

  /** The data keys of a batch: what is not at hand is unwrapped side by side; the first failure calls the rest off. */
  async #keysOf(
    openings: ReadonlyMap<string, Opening>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, UnwrappedKey>> {
    const keys = new Map<string, UnwrappedKey>();
    const missing: [string, Opening][] = [];
    let served = 0;
    for (const [id, opening] of openings) {
      const key = this.#opening.get(id);
      served += key ? opening.cells : opening.cells - 1;
      if (key) keys.set(id, { key });
      else missing.push([id, opening]);
    }
    const together = new AbortController();
    const shared = AbortSignal.any([signal, together.signal]);
    try {
      await Promise.all(
        missing.map(async ([id, opening]) => keys.set(id, await this.#unwrap(id, opening, shared))),
      );
    } finally {
      together.abort();
    }
    this.#observer?.served?.("decrypt", served);
    return keys;
  }

  #unwrap(id: string, { wrapped, column }: Opening, signal: AbortSignal): Promise<UnwrappedKey> {
    return this.#opening.unwrap(id, signal, (shared) =>
      this.#calls.unwrap(wrapped, column.keyContext, shared),
    );
  }
}

function formatOf(
  parts: EnvelopeKeyParts,
  template: BindingTemplate | undefined,
  keyContext: KeyContext,
): EnvelopeFormat {
  if (parts.format === "reference") {
    if (!template && keyContext.encoded.length === 0) return referenceFormat;
    throw new RekeyError(
      "CONFIG.INVALID",
      `key ${parts.version}: the reference format binds cells to nothing`,
      {
        hint: "Leave out the associated data and the key context, or use the envelope format.",
      },
    );
  }
  const identity = (keyId: string) =>
    lengthPrefixed([Buffer.from(keyId), Buffer.from(template?.text ?? ""), keyContext.encoded]);
  return new OwnFormat([identity(parts.keyId), ...(parts.knownAs ?? []).map(identity)]);
}

function openingId({ contextId }: ColumnBinding, wrapped: Uint8Array): string {
  const spelled = Buffer.from(wrapped.buffer, wrapped.byteOffset, wrapped.length).toString("latin1");
  return contextId === "" ? spelled : `${contextId.length}:${contextId}${spelled}`;
}
