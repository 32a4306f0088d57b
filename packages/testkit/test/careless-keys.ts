import { setImmediate } from "node:timers/promises";
import type { CellContext, ClearCell, Opened, SealedCell } from "@cassandra-rekey/core";
import type { KeyKind } from "./flawed-keys.ts";
import { GcmKey } from "./gcm-key.ts";

/** Gets its data key at its first call, for all calls, and under the signal of that one. */
class FirstSignalForAll extends GcmKey {
  #ready: Promise<void> | undefined;
  async #prepare(signal: AbortSignal): Promise<void> {
    await setImmediate();
    signal.throwIfAborted();
  }
  override async encrypt(batch: readonly ClearCell[], signal: AbortSignal) {
    this.#ready ??= this.#prepare(signal);
    await this.#ready.finally(() => {
      this.#ready = undefined;
    });
    return super.encrypt(batch, signal);
  }
  override async decrypt(batch: readonly SealedCell[], signal: AbortSignal) {
    this.#ready ??= this.#prepare(signal);
    await this.#ready.finally(() => {
      this.#ready = undefined;
    });
    return super.decrypt(batch, signal);
  }
}

class PartsRunTogether extends GcmKey {
  override bound({ table, column }: CellContext): Buffer {
    return Buffer.from(table + column);
  }
}

/** Sound but for that, where it is declared to bind to the primary key. */
export class KeyPartsRunTogether extends GcmKey {
  override bound(context: CellContext): Buffer {
    return Buffer.concat([super.bound(context), ...context.primaryKey]);
  }
}

class WholeMemoryOfPlaintext extends GcmKey {
  override seal(cell: ClearCell): Uint8Array {
    return super.seal({ ...cell, plaintext: new Uint8Array(cell.plaintext.buffer) });
  }
}

class WholeMemoryOfCiphertext extends GcmKey {
  override seal(cell: ClearCell): Uint8Array {
    return Uint8Array.from(super.seal(cell));
  }
  override open(cell: SealedCell): Opened {
    return super.open({ ...cell, ciphertext: new Uint8Array(cell.ciphertext.buffer) });
  }
}

class BuffersOnly extends GcmKey {
  override open(cell: SealedCell): Opened {
    const ciphertext = Buffer.from((cell.ciphertext as Buffer).toString("latin1"), "latin1");
    return super.open({ ...cell, ciphertext });
  }
}

class FewAtATime extends GcmKey {
  override async encrypt(batch: readonly ClearCell[], signal: AbortSignal) {
    if (batch.length > 500) throw new TypeError("at most 500 items");
    return super.encrypt(batch, signal);
  }
}

class CountsNothing extends GcmKey {
  usage() {
    return { calls: Number.NaN };
  }
}

/** More flaws, of providers that work as long as they are alone, and the case that must find each. */
export const CARELESS_KEYS: Readonly<Record<string, readonly [KeyKind, string]>> = {
  "who stops first stops all": [
    FirstSignalForAll,
    "a call that is aborted takes nothing from those beside it",
  ],
  "bound parts run together": [PartsRunTogether, "bound parts do not run together"],
  "all of a plaintext's memory is sealed": [WholeMemoryOfPlaintext, "cells may lie anywhere in memory"],
  "all of a ciphertext's memory is opened": [WholeMemoryOfCiphertext, "cells may lie anywhere in memory"],
  "cells are taken for Buffers": [BuffersOnly, "cells may lie anywhere in memory"],
  "a page is too much": [FewAtATime, "a page of thousands of cells is one batch"],
  "its usage is no number": [CountsNothing, "usage is counted in whole calls, and never goes back"],
};
