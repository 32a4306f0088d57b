import type { KeyServiceCall } from "@cassandra-rekey/core";
import { DEFAULT_KEYRING } from "../config/settings.ts";

/** Which key has called, as events name it. */
export interface CallingKey {
  readonly keyVersion: string;
  /** Absent: the default one. */
  readonly keyring?: string;
}

type Listener = (key: CallingKey, call: KeyServiceCall) => void;

/** Passes on what keys tell of their calls to a key service. Keys are opened before the run that hears of them. */
export class KeyCalls {
  #listener: Listener | undefined;

  listen(listener: Listener): void {
    this.#listener = listener;
  }

  /** What a key of that version is given to tell with. */
  of(keyVersion: string, keyring: string): (call: KeyServiceCall) => void {
    const key = { keyVersion, ...(keyring !== DEFAULT_KEYRING && { keyring }) };
    return (call) => this.#listener?.(key, call);
  }
}
