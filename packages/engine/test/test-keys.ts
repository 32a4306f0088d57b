import { type CellContext, type EncryptionKey, type SealedCell, simpleKey } from "@cassandra-rekey/core";

/** A key that writes `version|counter|plaintext`, flipped so that no plaintext shows; it opens what begins with its version. */
export function testKey(version: string): EncryptionKey {
  let sealed = 0;
  return simpleKey({
    version,
    encrypt: (plaintext) => {
      sealed += 1;
      return Buffer.concat([Buffer.from(`${version}|${sealed}|`), flip(plaintext)]);
    },
    decrypt: (ciphertext) => {
      const text = Buffer.from(ciphertext).toString("latin1");
      if (!text.startsWith(`${version}|`)) return undefined;
      return flip(Buffer.from(ciphertext).subarray(text.indexOf("|", version.length + 1) + 1));
    },
  });
}

/** What a {@link testKey} of this version makes of a plaintext. */
export function sealedBy(version: string, plaintext: string): Buffer {
  return Buffer.concat([Buffer.from(`${version}|0|`), flip(Buffer.from(plaintext))]);
}

/** The key version and plaintext that a {@link testKey} wrote. */
export function unsealed(ciphertext: Uint8Array): { version: string; plaintext: string } {
  const text = Buffer.from(ciphertext).toString("latin1");
  const [version, counter] = text.split("|", 2);
  const start = version!.length + counter!.length + 2;
  return { version: version!, plaintext: flip(Buffer.from(ciphertext).subarray(start)).toString() };
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

function flip(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.map((byte) => byte ^ 0xff));
}
