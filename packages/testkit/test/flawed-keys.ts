import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { CellContext, ClearCell, EncryptionKey, Opened, SealedCell } from "@cassandra-rekey/core";
import { GcmKey } from "./gcm-key.ts";

/** How a flawed key is made. */
export type KeyKind = new (passphrase: string, version: string) => EncryptionKey;

class Shuffled extends GcmKey {
  override async decrypt(batch: readonly SealedCell[], signal: AbortSignal) {
    const opened = await super.decrypt(batch, signal);
    return [...opened.slice(1), ...opened.slice(0, 1)];
  }
}

class BadOnesLeftOut extends GcmKey {
  override async decrypt(batch: readonly SealedCell[], signal: AbortSignal) {
    return (await super.decrypt(batch, signal)).filter((opened) => "plaintext" in opened);
  }
}

class ThrowsOnBadCell extends GcmKey {
  override open(cell: SealedCell): Opened {
    const opened = super.open(cell);
    if ("refused" in opened) throw new TypeError("bad decrypt");
    return opened;
  }
}

class OneKeyForAll extends GcmKey {
  constructor(_: string, version: string) {
    super("the same", version);
  }
}

class Unauthenticated extends GcmKey {
  override open(cell: SealedCell): Opened {
    const opened = super.open(cell);
    return "plaintext" in opened ? opened : { plaintext: cell.ciphertext.slice(30) };
  }
}

class CorruptForForeign extends GcmKey {
  override open(cell: SealedCell): Opened {
    const opened = super.open(cell);
    return "plaintext" in opened ? opened : { refused: "corrupt" };
  }
}

class ContextForgotten extends GcmKey {
  override bound(): Buffer {
    return Buffer.alloc(0);
  }
}

class BoundToMore extends GcmKey {
  override bound(context: CellContext): Buffer {
    return Buffer.concat([super.bound(context), ...context.primaryKey]);
  }
}

class SameNonce extends GcmKey {
  override nonce(plaintext: Uint8Array): Buffer {
    return createHash("sha256").update(plaintext).digest().subarray(0, 12);
  }
}

class PlaintextInFront extends GcmKey {
  override seal(cell: ClearCell): Uint8Array {
    return Buffer.concat([super.seal(cell), Buffer.from(cell.plaintext), Buffer.of(cell.plaintext.length)]);
  }
  override open(cell: SealedCell): Opened {
    const length = cell.ciphertext.at(-1) ?? 0;
    return super.open({ ...cell, ciphertext: cell.ciphertext.subarray(0, -1 - length) });
  }
}

class SharedBatch extends GcmKey {
  #batch: readonly ClearCell[] = [];
  override async encrypt(batch: readonly ClearCell[], signal: AbortSignal) {
    this.#batch = batch;
    await setImmediate();
    return super.encrypt(this.#batch, signal);
  }
}

class SignalForgotten extends GcmKey {
  override decrypt(batch: readonly SealedCell[]) {
    return super.decrypt(batch, new AbortController().signal);
  }
}

class WipesItsInput extends GcmKey {
  override seal(cell: ClearCell): Uint8Array {
    const sealed = super.seal(cell);
    cell.plaintext.fill(0);
    return sealed;
  }
}

class ForeignToItself extends GcmKey {
  override identify(ciphertext: Uint8Array) {
    return ciphertext.length > 200 ? "foreign" : super.identify(ciphertext);
  }
}

class Talkative extends GcmKey {
  readonly passphrase: string;
  constructor(passphrase: string, version: string) {
    super(passphrase, version);
    this.passphrase = passphrase;
  }
}

class TellsInErrors extends GcmKey {
  readonly #passphrase: () => string;
  constructor(passphrase: string, version: string) {
    super(passphrase, version);
    this.#passphrase = () => passphrase;
  }
  override async encrypt(batch: readonly ClearCell[], signal: AbortSignal) {
    if (signal.aborted) throw new TypeError(`aborted with key ${this.#passphrase()}`);
    return super.encrypt(batch, signal);
  }
}

class DisposedOnce extends GcmKey {
  #disposed = false;
  override async [Symbol.asyncDispose]() {
    if (this.#disposed) throw new TypeError("already disposed of");
    this.#disposed = true;
  }
}

class NotAscii extends GcmKey {
  // @ts-expect-error the flaw: it says that it writes text
  override readonly writes = "ascii";
}

class VersionOfAll extends GcmKey {
  constructor(passphrase: string) {
    super(passphrase, "v1");
  }
}

class KeepsPlaintexts extends GcmKey {
  readonly #kept = new Map<string, Opened>();
  override open(cell: SealedCell): Opened {
    const id = Buffer.from(cell.ciphertext).toString("hex");
    const opened = this.#kept.get(id) ?? super.open(cell);
    this.#kept.set(id, opened);
    return opened;
  }
}

class OneDesk extends GcmKey {
  readonly #desk = Buffer.alloc(4 << 20);
  override async decrypt(batch: readonly SealedCell[], signal: AbortSignal) {
    let end = 0;
    return (await super.decrypt(batch, signal)).map((opened): Opened => {
      if ("refused" in opened) return opened;
      const plaintext = this.#desk.subarray(end, end + opened.plaintext.length);
      plaintext.set(opened.plaintext);
      end += plaintext.length;
      return { plaintext };
    });
  }
}

/** Each flaw, and the case that must find it. */
export const FLAWED_KEYS: Readonly<Record<string, readonly [KeyKind, string]>> = {
  "results are shuffled": [Shuffled, "plaintexts of every kind come back as they went, each in its place"],
  "bad cells have no result": [BadOnesLeftOut, "bad cells in a batch do no harm to the others"],
  "a bad cell fails the call": [ThrowsOnBadCell, "a refused cell is an answer, not a failure of the call"],
  "the wrong key is accepted": [OneKeyForAll, "another key's ciphertexts are refused, and never as corrupt"],
  "nothing is authenticated": [Unauthenticated, "a change of any byte is refused"],
  "foreign cells count as corrupt": [
    CorruptForForeign,
    "another key's ciphertexts are refused, and never as corrupt",
  ],
  "the declared context is not bound": [
    ContextForgotten,
    "cells are bound to the declared parts of their context, and to no others",
  ],
  "more context is bound than declared": [
    BoundToMore,
    "cells are bound to the declared parts of their context, and to no others",
  ],
  "the nonce follows from the plaintext": [
    SameNonce,
    "equal plaintexts have equal ciphertexts only where that is declared",
  ],
  "the ciphertext shows the plaintext": [PlaintextInFront, "a ciphertext does not show its plaintext"],
  "overlapping batches share a field": [SharedBatch, "overlapping batches don't mix"],
  "the signal is not looked at": [SignalForgotten, "calls under an aborted signal reject"],
  "the plaintext is wiped by the key": [WipesItsInput, "the cells that are given stay as they are"],
  "plaintexts are kept by the key": [
    KeepsPlaintexts,
    "plaintexts are the caller's: overwritten, they are given again as they were",
  ],
  "plaintexts lie where the next ones will": [
    OneDesk,
    "plaintexts are the caller's: overwritten, they are given again as they were",
  ],
  "its own cells are foreign": [ForeignToItself, "identify agrees with decrypt"],
  "the key shows when printed": [Talkative, "a key shows nothing of itself when it is printed or serialised"],
  "an error shows the key": [TellsInErrors, "errors show neither key nor plaintext"],
  "the second disposal fails": [
    DisposedOnce,
    "a key may be disposed of twice, and leaves other handles alone",
  ],
  "binary is called text": [NotAscii, "ciphertexts have the form that `writes` says"],
  "every key has the same version": [VersionOfAll, "keys have versions of their own"],
};
