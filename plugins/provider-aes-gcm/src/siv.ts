import { createCipheriv, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";

const BLOCK = 16;
const ZERO_BLOCK = Buffer.alloc(BLOCK);
/** Bytes of an AES-256 key: one half for S2V, one for CTR. */
export const SIV_KEY_LENGTH = 64;

/**
 * AES-SIV (RFC 5297): deterministic authenticated encryption. The same plaintext with the same associated data
 * gives the same ciphertext, and nothing else about it shows.
 *
 * The cipher is OpenSSL's, by way of CBC and CTR, which Node has; its SIV mode Node does not have.
 */
export class SivCipher {
  readonly #aes: string;
  readonly #macKey: KeyObject;
  readonly #ctrKey: KeyObject;
  /** The two subkeys of CMAC (RFC 4493), for whole and for padded last blocks. */
  readonly #whole: Buffer;
  readonly #padded: Buffer;
  /** CMAC of a block of zeros, with which every S2V begins. */
  readonly #start: Buffer;

  /** `key`: 64 bytes (32 for AES-128, which the RFC's examples use). It is copied: the caller may wipe it. */
  constructor(key: Uint8Array) {
    const half = key.length / 2;
    this.#aes = `aes-${half * 8}`;
    this.#macKey = createSecretKey(key.subarray(0, half));
    this.#ctrKey = createSecretKey(key.subarray(half));
    const encryptedZero = this.#lastBlock(Buffer.alloc(BLOCK));
    this.#whole = double(encryptedZero);
    this.#padded = double(this.#whole);
    this.#start = this.#cmac(ZERO_BLOCK);
    encryptedZero.fill(0);
  }

  /** The synthetic IV, then the ciphertext. Up to 126 strings of associated data. */
  seal(associatedData: readonly Uint8Array[], plaintext: Uint8Array): Buffer {
    const iv = this.#s2v(associatedData, plaintext);
    return Buffer.concat([iv, this.#ctr(iv, plaintext)]);
  }

  /** `undefined` when it is not authentic. */
  open(associatedData: readonly Uint8Array[], sealed: Uint8Array): Buffer | undefined {
    if (sealed.length < BLOCK) return undefined;
    const iv = sealed.subarray(0, BLOCK);
    const plaintext = this.#ctr(iv, sealed.subarray(BLOCK));
    if (timingSafeEqual(iv, this.#s2v(associatedData, plaintext))) return plaintext;
    plaintext.fill(0);
    return undefined;
  }

  wipe(): void {
    for (const derived of [this.#whole, this.#padded, this.#start]) derived.fill(0);
  }

  /** RFC 5297, section 2.4. */
  #s2v(associatedData: readonly Uint8Array[], plaintext: Uint8Array): Buffer {
    let sum = this.#start;
    for (const part of associatedData) sum = xor(double(sum), this.#cmac(part));
    let last: Buffer;
    if (plaintext.length >= BLOCK) {
      last = Buffer.from(plaintext);
      xorInto(last, last.length - BLOCK, sum);
    } else {
      last = padded(plaintext);
      xorInto(last, 0, double(sum));
    }
    const iv = this.#cmac(last);
    last.fill(0);
    return iv;
  }

  /** RFC 4493, section 2.4. */
  #cmac(message: Uint8Array): Buffer {
    const isWhole = message.length > 0 && message.length % BLOCK === 0;
    const blocks = isWhole ? Buffer.from(message) : padded(message);
    xorInto(blocks, blocks.length - BLOCK, isWhole ? this.#whole : this.#padded);
    const mac = this.#lastBlock(blocks);
    blocks.fill(0);
    return mac;
  }

  /** CBC-MAC: the last block of a CBC encryption of whole blocks. */
  #lastBlock(blocks: Buffer): Buffer {
    const cipher = createCipheriv(`${this.#aes}-cbc`, this.#macKey, ZERO_BLOCK).setAutoPadding(false);
    return Buffer.from(cipher.update(blocks).subarray(-BLOCK));
  }

  #ctr(iv: Uint8Array, input: Uint8Array): Buffer {
    const counter = Buffer.from(iv);
    counter[8]! &= 0x7f;
    counter[12]! &= 0x7f;
    return createCipheriv(`${this.#aes}-ctr`, this.#ctrKey, counter).update(input);
  }
}

/** Doubling in GF(2^128): one bit to the left, and 0x87 where a bit falls out; in the same time whatever the bits are. */
function double(block: Uint8Array): Buffer {
  const doubled = Buffer.alloc(BLOCK);
  for (let index = 0; index < BLOCK; index += 1)
    doubled[index] = (block[index]! << 1) | ((block[index + 1] ?? 0) >> 7);
  doubled[BLOCK - 1]! ^= 0x87 & -(block[0]! >> 7);
  return doubled;
}

/** The bytes, a one bit, and zeros up to the end of the block. */
function padded(bytes: Uint8Array): Buffer {
  const whole = Buffer.alloc((Math.floor(bytes.length / BLOCK) + 1) * BLOCK);
  whole.set(bytes);
  whole[bytes.length] = 0x80;
  return whole;
}

function xor(a: Buffer, b: Buffer): Buffer {
  xorInto(a, 0, b);
  return a;
}

function xorInto(target: Buffer, at: number, block: Uint8Array): void {
  for (let index = 0; index < BLOCK; index += 1) target[at + index]! ^= block[index]!;
}
