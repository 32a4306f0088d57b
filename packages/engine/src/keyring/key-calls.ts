import type { KeyServiceCall } from "@cassandra-rekey/core";

type Listener = (keyVersion: string, call: KeyServiceCall) => void;

/** Passes on what keys tell of their calls to a key service. Keys are opened before the run that hears of them. */
export class KeyCalls {
  #listener: Listener | undefined;

  listen(listener: Listener): void {
    this.#listener = listener;
  }

  /** What a key of that version is given to tell with. */
  of(keyVersion: string): (call: KeyServiceCall) => void {
    return (call) => this.#listener?.(keyVersion, call);
  }
}
