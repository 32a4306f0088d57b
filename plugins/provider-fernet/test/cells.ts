import { randomBytes } from "node:crypto";
import type { CellForm, ClearCell, EncryptionKey, Opened, SealedCell } from "@cassandra-rekey/core";
import { FernetKey, type FernetKeyParts } from "../src/fernet-key.ts";

const context = { keyspace: "shop", table: "customer", column: "email", primaryKey: [Buffer.from("7")] };
export const signal = new AbortController().signal;

export function keyOf(bytes: Uint8Array, parts: Partial<FernetKeyParts> = {}): FernetKey {
  return new FernetKey(bytes, {
    version: "v1",
    clock: { wallMs: () => 1_700_000_000_999 },
    random: { bytes: (length) => randomBytes(length) },
    ...parts,
  });
}

export function clear(plaintext: Uint8Array | string, form: CellForm = "text"): ClearCell {
  return { plaintext: Buffer.from(plaintext), form, context };
}

export function sealed(ciphertext: Uint8Array | string, form: CellForm = "text"): SealedCell {
  return { ciphertext: Buffer.from(ciphertext), form, context };
}

/** Seals plaintexts; tokens as text. */
export async function seal(key: EncryptionKey, plaintexts: readonly (Uint8Array | string)[]) {
  const tokens = await key.encrypt(
    plaintexts.map((plaintext) => clear(plaintext)),
    signal,
  );
  return tokens.map((token) => Buffer.from(token).toString("latin1"));
}

/** Opens tokens; a plaintext as a Buffer, a refusal as its word. */
export async function open(key: EncryptionKey, tokens: readonly (Uint8Array | string)[]) {
  const results = await key.decrypt(
    tokens.map((token) => sealed(token)),
    signal,
  );
  return results.map(outcome);
}

function outcome(result: Opened): Buffer | string {
  return "plaintext" in result ? Buffer.from(result.plaintext) : result.refused;
}

/** The token with one character in the middle changed. */
export function damaged(token: string): string {
  return token.slice(0, 40) + (token[40] === "A" ? "B" : "A") + token.slice(41);
}
