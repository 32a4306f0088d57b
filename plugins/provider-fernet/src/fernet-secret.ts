import {
  type Cipheriv,
  createCipheriv,
  createDecipheriv,
  createHash,
  type Decipheriv,
  hash,
  timingSafeEqual,
} from "node:crypto";
import { Desk } from "./desk.ts";
import { HMAC_LENGTH, IV_LENGTH } from "./fernet-token.ts";

/** SHA-256 works in blocks of this size, bytes. */
const SHA_BLOCK = 64;
/** Bodies up to this length, bytes, are signed by one-shot hashes; for longer ones the call overhead is nothing. */
const SHORT_BODY = 4096;

/**
 * The two halves of a Fernet key, ready to work on batches.
 *
 * Short values cost mostly call overhead, so one long-lived CBC cipher runs over a whole batch in one call. In CBC a
 * block depends only on the block before it, and so a message that follows its own IV can stand anywhere in a run.
 * HMAC is two hashes over precomputed pads (RFC 2104), which is right for bodies of any length.
 *
 * All methods are synchronous: that is what keeps overlapping batches apart on the shared ciphers and buffers.
 */
export class FernetSecret {
  readonly #cipher: Cipheriv;
  readonly #decipher: Decipheriv;
  /** The inner pad, then room for a short body. */
  readonly #inner = new Desk(SHA_BLOCK + SHORT_BODY);
  /** The outer pad, then the inner hash. */
  readonly #outer = Buffer.alloc(SHA_BLOCK + HMAC_LENGTH, 0x5c);
  readonly #hmac = Buffer.alloc(HMAC_LENGTH);

  /** `key` holds 16 bytes for signing, then 16 for encryption. It is copied: the caller may wipe it. */
  constructor(key: Uint8Array) {
    const signing = key.subarray(0, 16);
    const encryption = key.subarray(16, 32);
    const before = Buffer.alloc(IV_LENGTH);
    this.#cipher = createCipheriv("aes-128-cbc", encryption, before).setAutoPadding(false);
    this.#decipher = createDecipheriv("aes-128-cbc", encryption, before).setAutoPadding(false);
    this.#inner.bytes.fill(0x36, 0, SHA_BLOCK);
    for (let index = 0; index < signing.length; index += 1) {
      this.#inner.bytes[index]! ^= signing[index]!;
      this.#outer[index]! ^= signing[index]!;
    }
  }

  /** Signs a token in place: its last 32 bytes become the HMAC-SHA256 of those before. */
  sign(token: Buffer): void {
    token.write(this.#mac(token), token.length - HMAC_LENGTH, "latin1");
  }

  /** Whether a token's last 32 bytes sign those before. Takes the same time wherever they differ. */
  verify(token: Buffer): boolean {
    this.#hmac.write(this.#mac(token), 0, "latin1");
    return timingSafeEqual(this.#hmac, token.subarray(token.length - HMAC_LENGTH));
  }

  /**
   * Encrypts a run of messages. Each is one block of fresh random bytes, then the padded plaintext; each comes back
   * as IV, then ciphertext. Encrypting the random block gives the IV, which is as random as the block itself: the
   * method of RFC 4346, section 6.2.3.2, (2)(b).
   */
  encrypt(run: Buffer): Buffer {
    return this.#cipher.update(run);
  }

  /**
   * Decrypts a run of messages. Each is IV, then ciphertext; each comes back as one block without meaning, then the
   * padded plaintext.
   */
  decrypt(run: Buffer): Buffer {
    return this.#decipher.update(run);
  }

  /** Overwrites the pads; ending the ciphers frees their key schedules, which OpenSSL overwrites. */
  wipe(): void {
    this.#inner.bytes.fill(0);
    this.#outer.fill(0);
    this.#hmac.fill(0);
    this.#cipher.final();
    this.#decipher.final();
  }

  /** One character a byte: asking for a Buffer instead makes each hash several times slower. */
  #mac(token: Buffer): string {
    const length = token.length - HMAC_LENGTH;
    this.#outer.write(this.#innerHash(token, length), SHA_BLOCK, "latin1");
    return hash("sha256", this.#outer, "binary");
  }

  #innerHash(token: Buffer, length: number): string {
    if (length > SHORT_BODY) {
      const pad = this.#inner.first(SHA_BLOCK);
      return createHash("sha256").update(pad).update(token.subarray(0, length)).digest("binary");
    }
    token.copy(this.#inner.bytes, SHA_BLOCK, 0, length);
    return hash("sha256", this.#inner.first(SHA_BLOCK + length), "binary");
  }
}
