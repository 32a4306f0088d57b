import type { EncryptionKey, SealedCell } from "@cassandra-rekey/core";

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * A cell as a key wants it. A key that writes binary finds its ciphertext in base64 in text columns;
 * `undefined` when the text is not base64, and so not this key's.
 */
export function forKey(key: EncryptionKey, cell: SealedCell): SealedCell | undefined {
  if (cell.form !== "text" || key.writes !== "binary") return cell;
  const text = Buffer.from(
    cell.ciphertext.buffer,
    cell.ciphertext.byteOffset,
    cell.ciphertext.byteLength,
  ).toString("latin1");
  if (text.length % 4 !== 0 || !BASE64.test(text)) return undefined;
  return { ...cell, ciphertext: Buffer.from(text, "base64") };
}

/** What goes into the column: the ciphertext itself, or its base64 where a binary key meets a text column. */
export function forColumn(key: EncryptionKey, form: SealedCell["form"], ciphertext: Uint8Array): Uint8Array {
  if (form !== "text" || key.writes !== "binary") return ciphertext;
  return Buffer.from(
    Buffer.from(ciphertext.buffer, ciphertext.byteOffset, ciphertext.byteLength).toString("base64"),
    "latin1",
  );
}
