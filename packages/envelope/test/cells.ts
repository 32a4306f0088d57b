import { randomBytes } from "node:crypto";
import type { CellContext, ClearCell, EncryptionKey, Opened, SealedCell } from "@cassandra-rekey/core";
import { ManualClock } from "@cassandra-rekey/testkit";
import { createEnvelopeKey, type EnvelopeKeyParts } from "../src/index.ts";
import { MemoryWrapper } from "./memory-wrapper.ts";

export const NEVER: AbortSignal = new AbortController().signal;

export const CONTEXT: CellContext = {
  keyspace: "shop",
  table: "customer",
  column: "email",
  primaryKey: [Buffer.from("7")],
};

export const random = { bytes: (length: number) => randomBytes(length) };

/** An envelope key over a key service in memory, with what it was made of. */
export function openKey(parts: Partial<EnvelopeKeyParts> & { readonly wrapper?: MemoryWrapper } = {}) {
  const clock = new ManualClock();
  const wrapper = parts.wrapper ?? new MemoryWrapper();
  const key = createEnvelopeKey({ version: "v1", keyId: "key-1", clock, random, ...parts, wrapper });
  return { key, wrapper, clock };
}

export function clear(plaintext: Uint8Array | string, context: Partial<CellContext> = {}): ClearCell {
  return { plaintext: Buffer.from(plaintext), form: "binary", context: { ...CONTEXT, ...context } };
}

export function sealed(ciphertext: Uint8Array, context: Partial<CellContext> = {}): SealedCell {
  return { ciphertext, form: "binary", context: { ...CONTEXT, ...context } };
}

/** Seals `count` short plaintexts in one batch. */
export function seal(key: EncryptionKey, count: number, signal: AbortSignal = NEVER) {
  return key.encrypt(
    Array.from({ length: count }, (_, index) => clear(`cell ${index}`)),
    signal,
  );
}

/** Opens ciphertexts; a plaintext as text, a refusal as its word in angle brackets. */
export async function open(
  key: EncryptionKey,
  ciphertexts: readonly Uint8Array[],
  context: Partial<CellContext> = {},
) {
  const opened = await key.decrypt(
    ciphertexts.map((ciphertext) => sealed(ciphertext, context)),
    NEVER,
  );
  return opened.map(outcome);
}

function outcome(opened: Opened): string {
  return "plaintext" in opened ? Buffer.from(opened.plaintext).toString() : `<${opened.refused}>`;
}
