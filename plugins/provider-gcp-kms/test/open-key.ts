import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { CellContext, EncryptionKey, KeyContext, Opened } from "@cassandra-rekey/core";
import plugin from "../src/index.ts";

export const NEVER: AbortSignal = new AbortController().signal;

export const CONTEXT: CellContext = {
  keyspace: "shop",
  table: "customer",
  column: "email",
  primaryKey: [Buffer.from("7")],
};

/** What the engine gives a provider, with real time. */
export function keyContext(more: Partial<KeyContext> = {}): KeyContext {
  return {
    keyVersion: "v1",
    use: "target",
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    clock: {
      wallMs: () => Date.now(),
      monotonicMs: () => performance.now(),
      sleep: (ms, signal) => sleep(ms, undefined, { signal }),
      timeout: (ms) => AbortSignal.timeout(ms),
    },
    random: {
      bytes: (length) => randomBytes(length),
      uuid: () => randomUUID(),
      fraction: () => Math.random(),
    },
    signal: NEVER,
    secret: async () => new Uint8Array(0),
    cluster: async () => ({}),
    workers: 1,
    ...more,
  };
}

/** A key as the engine makes it: options as a configuration spells them, through the schema. */
export async function openKey(options: object, context: Partial<KeyContext> = {}): Promise<EncryptionKey> {
  const part = plugin.providers!["gcp-kms"]!;
  const result = await part.options["~standard"].validate(options);
  if (result.issues) throw new Error(result.issues.map((issue) => issue.message).join("; "));
  return part.create(result.value, keyContext(context));
}

export async function seal(
  key: EncryptionKey,
  texts: readonly string[],
  context: Partial<CellContext> = {},
  signal: AbortSignal = NEVER,
): Promise<readonly Uint8Array[]> {
  const cells = texts.map((text) => ({
    plaintext: Buffer.from(text),
    form: "binary" as const,
    context: { ...CONTEXT, ...context },
  }));
  return key.encrypt(cells, signal);
}

/** Plaintexts as text, refusals in angle brackets. */
export async function open(
  key: EncryptionKey,
  ciphertexts: readonly Uint8Array[],
  context: Partial<CellContext> = {},
  signal: AbortSignal = NEVER,
): Promise<readonly string[]> {
  const cells = ciphertexts.map((ciphertext) => ({
    ciphertext,
    form: "binary" as const,
    context: { ...CONTEXT, ...context },
  }));
  return (await key.decrypt(cells, signal)).map((opened: Opened) =>
    "plaintext" in opened ? Buffer.from(opened.plaintext).toString() : `<${opened.refused}>`,
  );
}
