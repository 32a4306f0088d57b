import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";

/** Fernet in the plainest way that `node:crypto` has: what the batch path is held against. */
export interface PlainToken {
  readonly iv: Uint8Array;
  readonly seconds: bigint;
}

export function plainSeal(key: Uint8Array, plaintext: Uint8Array, { iv, seconds }: PlainToken): string {
  const cipher = createCipheriv("aes-128-cbc", key.subarray(16), iv);
  const head = Buffer.alloc(9, 0x80);
  head.writeBigUInt64BE(seconds, 1);
  const body = Buffer.concat([head, iv, cipher.update(plaintext), cipher.final()]);
  return plainSign(key, body);
}

/** Signs any bytes as a token, also ones that no Fernet library would make. */
export function plainSign(key: Uint8Array, body: Uint8Array): string {
  const hmac = createHmac("sha256", key.subarray(0, 16)).update(body).digest();
  return Buffer.concat([body, hmac]).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

/** Opens a token that is known to be sound; fails on any other. */
export function plainOpen(key: Uint8Array, text: string): PlainToken & { readonly plaintext: Buffer } {
  const token = Buffer.from(text, "base64url");
  const body = token.subarray(0, -32);
  if (plainSign(key, body) !== text || token[0] !== 0x80) throw new TypeError("not a token of this key");
  const iv = body.subarray(9, 25);
  const decipher = createDecipheriv("aes-128-cbc", key.subarray(16), iv);
  const plaintext = Buffer.concat([decipher.update(body.subarray(25)), decipher.final()]);
  return { plaintext, iv, seconds: body.readBigUInt64BE(1) };
}
