import { randomBytes } from "node:crypto";
import type { EncryptionKey } from "@cassandra-rekey/core";
import { systemClock, systemRandom } from "@cassandra-rekey/engine";
import { fernetKey } from "@cassandra-rekey/provider-fernet";

const context = { keyspace: "shop", table: "demo", column: "demo", primaryKey: [] };
const never = new AbortController().signal;

/** A new Fernet key as text. */
export function newFernetKey(): string {
  return `${randomBytes(32).toString("base64url")}=`;
}

/** Opens a key from its text. */
export function openKey(text: string, version: string): EncryptionKey {
  return fernetKey(text, { version, clock: systemClock, random: systemRandom });
}

/** Tokens for the texts. */
export async function seal(key: EncryptionKey, texts: readonly string[]): Promise<readonly Buffer[]> {
  const cells = texts.map((text) => ({ plaintext: Buffer.from(text), form: "binary" as const, context }));
  return (await key.encrypt(cells, never)).map((token) => Buffer.from(token));
}

/** The text of a token under any of the keys. */
export async function open(keys: readonly EncryptionKey[], token: Buffer): Promise<string | undefined> {
  for (const key of keys) {
    const [opened] = await key.decrypt([{ ciphertext: token, form: "binary", context }], never);
    if (opened && "plaintext" in opened) return Buffer.from(opened.plaintext).toString();
  }
  return undefined;
}
