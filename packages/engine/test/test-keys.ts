import { type CellContext, type EncryptionKey, type SealedCell, simpleKey } from "@cassandra-rekey/core";
import { ManualClock } from "@cassandra-rekey/testkit";
import { checkedKey } from "../src/keyring/checked-key.ts";
import { Keyring } from "../src/keyring/keyring.ts";

/**
 * A key whose ciphertexts begin with a changing byte (so that either of two may be the larger value), then name their
 * version and a counter, then hold the plaintext with its bits flipped.
 */
export function testKey(version: string): EncryptionKey {
  let sealed = 0;
  return simpleKey({
    version,
    encrypt: (plaintext) => {
      sealed += 1;
      return seal(version, sealed, plaintext);
    },
    decrypt: (ciphertext) => {
      const parts = /^.(\w+)\|(\d+)\|/su.exec(Buffer.from(ciphertext).toString("latin1"));
      return parts?.[1] === version ? flip(Buffer.from(ciphertext).subarray(parts[0].length)) : undefined;
    },
  });
}

/** The same key under another label. */
export function relabelled(key: EncryptionKey, version: string): EncryptionKey {
  return new Proxy(key, {
    get: (target, name) => (name === "version" ? version : Reflect.get(target, name, target)),
  });
}

/** What a {@link testKey} of this version makes of a plaintext. */
export function sealedBy(version: string, plaintext: string): Buffer {
  return seal(version, 0, Buffer.from(plaintext));
}

/** The key version and plaintext that a {@link testKey} wrote. */
export function unsealed(ciphertext: Uint8Array): { version: string; plaintext: string } {
  const parts = /^.(\w+)\|(\d+)\|/su.exec(Buffer.from(ciphertext).toString("latin1"));
  if (!parts) return { version: "?", plaintext: "?" };
  return {
    version: parts[1]!,
    plaintext: flip(Buffer.from(ciphertext).subarray(parts[0].length)).toString(),
  };
}

/** A key as a run has it. */
export function checked(key: EncryptionKey): EncryptionKey {
  const silent = () => {};
  const logger = { debug: silent, info: silent, warn: silent, error: silent };
  return checkedKey(key, "test", { clock: new ManualClock(), logger });
}

/** A keyring over keys as a run has them. */
export function openedKeyring(target: EncryptionKey, ...previous: readonly EncryptionKey[]): Keyring {
  return new Keyring(checked(target), previous.map(checked));
}

/** Where a cell of these tests stands. */
export const CONTEXT: CellContext = {
  keyspace: "app",
  table: "users",
  column: "email",
  primaryKey: [Buffer.from("k")],
};

/** A cell of a blob column. */
export function sealedCell(ciphertext: Uint8Array, form: SealedCell["form"] = "binary"): SealedCell {
  return { ciphertext, form, context: CONTEXT };
}

function seal(version: string, counter: number, plaintext: Uint8Array): Buffer {
  const first = Buffer.of((128 + counter * 151) % 256);
  return Buffer.concat([first, Buffer.from(`${version}|${counter}|`), flip(plaintext)]);
}

function flip(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.map((byte) => byte ^ 0xff));
}
