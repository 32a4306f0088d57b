import type { Cipheriv, Decipheriv } from "node:crypto";
import { createCipheriv, createDecipheriv, createSecretKey, hash } from "node:crypto";

/** AES and SHA-256 work in blocks of these sizes, bytes. */
const AES_BLOCK = 16;
const SHA_BLOCK = 64;

/**
 * The two halves of a Fernet key, ready to work on batches.
 *
 * CBC over many short values is mostly call overhead, so one long-lived ECB cipher works on a whole batch, one block
 * index at a time, and the chaining is done here. HMAC is two one-shot hashes over precomputed pads (RFC 2104).
 */
export class FernetSecret {
  readonly #encrypt: Cipheriv;
  readonly #decrypt: Decipheriv;
  readonly #innerPad = Buffer.alloc(SHA_BLOCK, 0x36);
  readonly #outerPad = Buffer.alloc(SHA_BLOCK + 32, 0x5c);

  /** `key` holds 16 bytes for signing, then 16 for encryption. */
  constructor(key: Uint8Array) {
    const signing = key.subarray(0, 16);
    const encryption = createSecretKey(key.subarray(16, 32));
    this.#encrypt = createCipheriv("aes-128-ecb", encryption, null).setAutoPadding(false);
    this.#decrypt = createDecipheriv("aes-128-ecb", encryption, null).setAutoPadding(false);
    for (let index = 0; index < signing.length; index += 1) {
      this.#innerPad[index]! ^= signing[index]!;
      this.#outerPad[index]! ^= signing[index]!;
    }
  }

  /** The 32 bytes of HMAC-SHA256 over a token without its own. */
  sign(body: Uint8Array): Buffer {
    const inner = Buffer.allocUnsafe(SHA_BLOCK + body.length);
    inner.set(this.#innerPad);
    inner.set(body, SHA_BLOCK);
    this.#outerPad.set(hash("sha256", inner, "buffer"), SHA_BLOCK);
    return hash("sha256", this.#outerPad, "buffer");
  }

  /** Encrypts each message in place by CBC. Lengths are multiples of 16; `ivs` follow the messages. */
  encryptCbc(messages: readonly Uint8Array[], ivs: readonly Uint8Array[]): void {
    for (const { round, position } of rounds(messages)) {
      const blocks = Buffer.allocUnsafe(round.length * AES_BLOCK);
      round.forEach((index, slot) => {
        const message = messages[index]!;
        const previous = position === 0 ? ivs[index]! : message.subarray(position - AES_BLOCK, position);
        for (let byte = 0; byte < AES_BLOCK; byte += 1) {
          blocks[slot * AES_BLOCK + byte] = message[position + byte]! ^ previous[byte]!;
        }
      });
      const sealed = this.#encrypt.update(blocks);
      round.forEach((index, slot) => {
        messages[index]!.set(sealed.subarray(slot * AES_BLOCK, (slot + 1) * AES_BLOCK), position);
      });
    }
  }

  /** Decrypts each message by CBC into a new buffer, padding included. */
  decryptCbc(messages: readonly Uint8Array[], ivs: readonly Uint8Array[]): readonly Buffer[] {
    const all = Buffer.concat(messages as Uint8Array[]);
    const opened = this.#decrypt.update(all);
    const results: Buffer[] = [];
    let offset = 0;
    messages.forEach((message, index) => {
      const clear = opened.subarray(offset, offset + message.length);
      const iv = ivs[index]!;
      for (let byte = 0; byte < AES_BLOCK; byte += 1) clear[byte]! ^= iv[byte]!;
      for (let byte = AES_BLOCK; byte < message.length; byte += 1) clear[byte]! ^= message[byte - AES_BLOCK]!;
      results.push(clear);
      offset += message.length;
    });
    return results;
  }

  /** Overwrites the pads; the ciphers' key material goes with them when they are collected. */
  wipe(): void {
    this.#innerPad.fill(0);
    this.#outerPad.fill(0);
  }
}

/** Which messages still have a block at each position: all at the first, fewer later on. */
function* rounds(messages: readonly Uint8Array[]): Generator<{ round: readonly number[]; position: number }> {
  let round = messages.map((_, index) => index);
  for (let position = 0; ; position += AES_BLOCK) {
    round = round.filter((index) => messages[index]!.length > position);
    if (round.length === 0) return;
    yield { round, position };
  }
}
