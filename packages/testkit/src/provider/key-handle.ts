import {
  type CellContext,
  type EncryptionKey,
  type KeyContext,
  type PluginPart,
  RekeyError,
} from "@cassandra-rekey/core";

const NEVER = new AbortController().signal;

/** Where cells of {@link sealTexts} and {@link openTexts} stand, where nothing else is said. */
const CELL_CONTEXT: CellContext = {
  keyspace: "shop",
  table: "customer",
  column: "email",
  primaryKey: [Buffer.from("7")],
};

/** A provider's key as the engine makes it: options as a configuration spells them, through their schema. Rejects with `CONFIG.INVALID`. */
export async function openProviderKey(
  part: PluginPart<EncryptionKey, KeyContext>,
  options: object,
  context: KeyContext,
): Promise<EncryptionKey> {
  const result = await part.options["~standard"].validate(options);
  if (result.issues)
    throw new RekeyError("CONFIG.INVALID", result.issues.map(({ message }) => message).join("; "));
  return part.create(result.value, context);
}

/** Seals texts as cells of a blob column; `context` says where, as far as that matters. */
export function sealTexts(
  key: EncryptionKey,
  texts: readonly string[],
  context: Partial<CellContext> = {},
  signal: AbortSignal = NEVER,
): Promise<readonly Uint8Array[]> {
  const cells = texts.map((text) => ({
    plaintext: Buffer.from(text),
    form: "binary" as const,
    context: { ...CELL_CONTEXT, ...context },
  }));
  return key.encrypt(cells, signal);
}

/** Opens cells of a blob column: plaintexts as text, refusals in angle brackets (`<not-authentic>`). */
export async function openTexts(
  key: EncryptionKey,
  ciphertexts: readonly Uint8Array[],
  context: Partial<CellContext> = {},
  signal: AbortSignal = NEVER,
): Promise<readonly string[]> {
  const cells = ciphertexts.map((ciphertext) => ({
    ciphertext,
    form: "binary" as const,
    context: { ...CELL_CONTEXT, ...context },
  }));
  return (await key.decrypt(cells, signal)).map((opened) =>
    "plaintext" in opened ? Buffer.from(opened.plaintext).toString() : `<${opened.refused}>`,
  );
}
